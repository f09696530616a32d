// The loop of refreshes: for which namespace a refresh counts, and how much one pass does.
import { describe, expect, it } from '@jest/globals';
import { identityNamed } from '../engine-world.ts';
import { RefresherWorld } from './refresher-world.ts';

const one = identityNamed('one');

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
