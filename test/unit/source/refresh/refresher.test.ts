// The loop of refreshes: for which namespace a refresh counts, and how much one pass does.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { current, dependantNamed, identityNamed } from '../engine-world.ts';
import { RefresherWorld } from '../schedule/refresher-world.ts';

/** References that one pass looks at. */
const MOST = 2_000;
/** References that one namespace may have in progress. */
const PLACES = 384;
/** Calls that one namespace may make at once; then it may make one every 10 ms. */
const BURST = 500;
const BATCH = 20;
const MANY = 20_000;
const [one, other] = [identityNamed('one'), identityNamed('other')];

/** By how much a number grows from one pass to the next. */
function growth(counts: readonly number[], before: number): readonly number[] {
  return counts.map((count, index) => count - (counts[index - 1] ?? before));
}

describe('a reference of several namespaces', () => {
  const SECOND = 1_000;
  const shared = current('prod/db', one);

  it.each([
    ['the same interval', 5],
    ['a longer interval', 3_600],
  ])('is read in time for a namespace beside one with %s that subscribed first and has a long queue', async (_, seconds) => {
    await using world = new RefresherWorld({ isBatched: false, resourcesIn: () => 0 });
    world.registry.subscribe(dependantNamed('first/db'), [{ reference: shared, refreshInterval: ms(seconds * SECOND) }]);
    world.registry.subscribe(dependantNamed('victim/db'), [{ reference: shared, refreshInterval: ms(5 * SECOND) }]);
    const others = Array.from({ length: 6_000 }, (__, index) => ({
      reference: current(`s${index}`, one),
      refreshInterval: ms(5 * SECOND),
    }));
    for (let from = 0; from < others.length; from += 500)
      world.registry.subscribe(dependantNamed(`first/s${from}`), others.slice(from, from + 500));
    await world.clock.advance(60 * SECOND);
    expect(world.read.filter(({ reference }) => reference.secretId === 'prod/db').length).toBeGreaterThanOrEqual(11);
  });
});

describe('a reference that others refresh more often, or as often', () => {
  const SECOND = 1_000;
  const shared = current('prod/db', one);

  /** So many namespaces, each with a queue of 20 s or more, subscribe to the reference, and then the victim. Returns when it was read, in seconds. */
  async function readsBeside(attackers: number, interval: number): Promise<readonly number[]> {
    await using world = new RefresherWorld({ isBatched: false, resourcesIn: () => 0 });
    for (let n = 0; n < attackers; n += 1) {
      world.registry.subscribe(dependantNamed(`attacker-${n}/db`), [{ reference: shared, refreshInterval: ms(interval) }]);
      const others = Array.from({ length: 2_500 }, (_, index) => ({
        reference: current(`s${n}-${index}`, one),
        refreshInterval: ms(SECOND),
      }));
      world.registry.subscribe(dependantNamed(`attacker-${n}/others`), others);
    }
    world.registry.subscribe(dependantNamed('victim/db'), [{ reference: shared, refreshInterval: ms(5 * SECOND) }]);
    const times: number[] = [];
    for (let second = 0; second < 40; second += 1) {
      await world.clock.advance(SECOND);
      if (world.read.splice(0).some(({ reference }) => reference.secretId === 'prod/db')) times.push(second);
    }
    return times;
  }

  it.each([
    ['a namespace with a shorter interval', 1, SECOND],
    ['eight namespaces with the same interval', 8, 5 * SECOND],
    ['twelve namespaces with the same interval', 12, 5 * SECOND],
  ])('is read in time beside %s, whose shares are used up', async (_, attackers, interval) => {
    const times = await readsBeside(attackers, interval);
    const waits = [...times, 40].map((at, index) => at - (times[index - 1] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(6);
  });
});

describe('a reference whose subscribers change while it waits', () => {
  it('counts for a namespace that subscribes to it when it is read', async () => {
    await using world = new RefresherWorld({ isBatched: false, resourcesIn: () => 0 });
    for (const namespace of ['former', 'present']) world.subscribe(namespace, 'shared', 600, one);
    const answer = world.holdAnswers();
    await world.allDue();
    // It waits in both queues: one namespace has all of its places, and the other one some of those that are left.
    expect(world.read.length).toBeGreaterThan(PLACES);
    expect(world.read.length + world.refresher.waiting).toBe(600);
    world.unsubscribe('former', 'shared', 600);
    answer();
    await world.clock.advance(0);
    expect([world.read.length, world.refresher.waiting]).toEqual([600, 0]);
    expect(new Set(world.read).size).toBe(600);
  });

  it('takes no place of a former subscriber for good', async () => {
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

describe('one pass', () => {
  it('examines at most 2,000 refused identities, each once, and delays no other identity by more than their passes', async () => {
    await using world = new RefresherWorld();
    const refused = Array.from({ length: 3_000 }, (_, index) => identityNamed(`i${index}`));
    for (const [index, identity] of refused.entries()) world.subscribe('busy', `s${index}-`, 1, identity);
    world.subscribe('quiet', 'quiet', 1, other);
    await world.clock.advance(0);
    for (const identity of refused) world.throttle(identity);
    const before = world.breakers.asked;
    world.passes.length = 0;
    for (const [index, identity] of refused.entries()) world.dueNow(`s${index}-0`, identity);
    world.dueNow('quiet0', other);
    await world.clock.advance(0);
    const asked = world.passes.map((pass) => pass.asked);
    expect(Math.max(...growth(asked, before))).toBeLessThanOrEqual(MOST);
    expect(world.read.map(({ reference }) => reference.secretId)).toEqual(['quiet0']);
    const after = world.breakers.asked;
    world.dueNow('quiet0', other);
    await world.clock.advance(0);
    expect([world.read.length, world.breakers.asked - after]).toEqual([2, 2]);
  });

  it('takes at most 2,000 due references, of all identities together', async () => {
    await using world = new RefresherWorld();
    for (let index = 0; index < 50; index += 1) world.subscribe('busy', `s${index}-`, 400, identityNamed(`i${index}`));
    world.holdAnswers();
    await world.allDue();
    const left = world.passes.map(({ due }) => due.values().reduce((sum, size) => sum + size, 0));
    expect(Math.min(...growth(left, 50 * 400))).toBeGreaterThanOrEqual(-MOST);
    expect([left.at(-1), world.read.length + world.refresher.waiting]).toEqual([0, 50 * 400]);
  });

  it('counts references that fill batches, too', async () => {
    await using world = new RefresherWorld();
    const identities = Array.from({ length: 120 }, (_, index) => identityNamed(`i${index}`));
    for (const [index, identity] of identities.entries()) world.subscribe('busy', `s${index}-`, 300, identity);
    world.holdAnswers();
    await world.clock.advance(0);
    for (const [index, identity] of identities.entries()) world.dueNow(`s${index}-0`, identity);
    await world.clock.advance(0);
    // One of each identity is due, and 19 others fill each batch as long as the pass may look at them.
    expect(world.read.length).toBe(MOST - identities.length);
    expect(new Set(world.read.map(({ identity }) => identity)).size).toBe(identities.length);
  });

  it('lets identities take turns, so that one with many due references delays the others by one pass', async () => {
    await using world = new RefresherWorld();
    const large = ['a', 'b', 'c'].map((name) => identityNamed(name));
    for (const [index, identity] of large.entries()) world.subscribe('busy', `s${index}-`, 5_000, identity);
    world.subscribe('quiet', 'quiet', 1, other);
    world.holdAnswers();
    await world.allDue();
    for (const { due } of world.passes) {
      const left = large.map((identity) => due.get(identityKey(identity)) ?? 0);
      expect(Math.max(...left) - Math.min(...left)).toBeLessThanOrEqual(MOST);
    }
    const quiet = world.passes.findIndex(({ due }) => (due.get(identityKey(other)) ?? 0) === 0);
    expect(quiet).toBeLessThanOrEqual(large.length);
  });

  it('sends at most 2,000 references back when a breaker opens, goes on in the next pass, and delays no other namespace', async () => {
    await using world = new RefresherWorld();
    const { registry, passes, read } = world;
    world.subscribe('busy', 'busy', MANY, one);
    world.subscribe('quiet', 'quiet', 1, other);
    const answer = world.holdAnswers();
    await world.allDue();
    const [{ waiting }, postponed, started] = [world.refresher, registry.postponed + 1, read.length];
    expect(waiting).toBeGreaterThan(MANY - PLACES - BATCH);
    passes.length = 0;
    world.throttle(one);
    world.dueNow('quiet0', other);
    answer();
    await world.clock.advance(0);
    const counts = passes.map((pass) => pass.postponed);
    expect(Math.max(...growth(counts, postponed))).toBeLessThanOrEqual(MOST);
    expect([world.refresher.waiting, registry.postponed - postponed]).toEqual([0, waiting]);
    expect(passes.findIndex((pass) => pass.read > started)).toBeLessThanOrEqual(1);
  });

  it('does not look at a namespace beyond its rate before it may make a call', async () => {
    let asked = 0;
    const resourcesIn = (namespace: string): number => {
      if (namespace === 'busy') asked += 1;
      return 0;
    };
    await using world = new RefresherWorld({ isBatched: false, resourcesIn });
    world.subscribe('busy', 'busy', 5_000, one);
    world.subscribe('quiet', 'quiet', 9, other);
    await world.allDue();
    expect(world.read.length).toBe(BURST + 9);
    asked = 0;
    for (let index = 0; index < 9; index += 1) {
      world.dueNow(`quiet${index}`, other);
      await world.clock.advance(1);
    }
    expect([world.read.length, asked]).toEqual([BURST + 2 * 9, 0]);
    await world.clock.advance(1);
    expect(world.read.length).toBe(BURST + 2 * 9 + 1);
    await world.clock.advance(ms(1_000));
    expect(world.read.length).toBe(BURST + 2 * 9 + 101);
  });
});
