// The loop of refreshes: for which namespace a refresh counts, and how much one pass does.
import { describe, expect, it } from '@jest/globals';
import { identityNamed } from '../engine-world.ts';
import { RefresherWorld } from './refresher-world.ts';

/** References that one namespace may have in progress. */
const PLACES = 384;
const one = identityNamed('one');

describe('a reference whose owner changes while it waits', () => {
  it('counts for the namespace that owns it when it is read', async () => {
    await using world = new RefresherWorld({ isBatched: false, resourcesIn: () => 0 });
    for (const namespace of ['former', 'present']) world.subscribe(namespace, 'shared', 600, one);
    const answer = world.holdAnswers();
    await world.allDue();
    expect([world.read.length, world.refresher.waiting]).toEqual([PLACES, 600 - PLACES]);
    world.unsubscribe('former', 'shared', 600);
    answer();
    await world.clock.advance(0);
    // The rate leaves 116 calls to the former owner.
    expect([world.read.length, world.refresher.waiting]).toEqual([600, 0]);
    expect(new Set(world.read).size).toBe(600);
  });

  it('takes no place of its former owner for good', async () => {
    await using world = new RefresherWorld();
    for (const namespace of ['former', 'present']) world.subscribe(namespace, 'shared', 600, one);
    const answer = world.holdAnswers();
    await world.allDue();
    world.unsubscribe('former', 'shared', 600);
    answer();
    await world.clock.advance(0);
    world.unsubscribe('present', 'shared', 600);
    world.subscribe('former', 'own', 600, one);
    world.read.length = 0;
    world.holdAnswers();
    await world.allDue();
    expect(world.read.length).toBe(PLACES);
  });
});

describe('a batch', () => {
  it.each([
    ['is filled with references that are due soon', true, 100],
    ['is not filled where references are read one by one: each would be a call that does not count for the rate', false, 1],
  ])('%s', async (_, isBatched, most) => {
    await using world = new RefresherWorld({ isBatched });
    world.subscribe('ns', 's', 100, one);
    await world.clock.advance(0);
    await world.clock.advance(world.clock.untilNext ?? 0);
    expect(world.read.length).toBeGreaterThan(isBatched ? 1 : 0);
    expect(world.read.length).toBeLessThanOrEqual(most);
  });
});
