// A rate of forced syncs for each resource and each namespace, and none while calls are refused.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../../src/base/time/clock.ts';
import type { Key } from '../../../../../src/base/key.ts';
import { ForceSyncs } from '../../../../../src/reconcile/external-secret/limits/force-syncs.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

function world(resources = 1) {
  const clock = new FakeClock();
  const syncs = new ForceSyncs(clock, () => resources);
  let value = 0;
  /** Forces the resource anew; 'made', or why not. */
  const force = (key: string, refusedFor = 0): string => {
    const delay = syncs.delayOf({ key: key as Key, value: String((value += 1)), refusedFor: ms(refusedFor) });
    syncs.ended(key as Key);
    return delay?.why ?? 'made';
  };
  const times = (key: string, count: number): number =>
    Array.from({ length: count }, () => force(key)).filter((why) => why === 'made').length;
  return { clock, syncs, force, times };
}

describe('forced syncs', () => {
  it('of one resource are made a few times at once, and every ten seconds from then on', async () => {
    const { clock, times } = world();
    expect(times('ns/a', 100)).toBe(5);
    await clock.advance(10_000);
    expect(times('ns/a', 100)).toBe(1);
  });

  it('of one namespace are bounded, whatever the number of its resources, and leave those of others alone', () => {
    const { times, force } = world(10);
    const made = Array.from({ length: 200 }, (_, n) => times(`hostile/${n}`, 5)).reduce((sum, count) => sum + count, 0);
    expect(made).toBe(40);
    expect(force('other/a')).toBe('made');
  });

  it('of all resources of a large namespace are made at once', () => {
    const { times } = world(5_000);
    expect(Array.from({ length: 5_000 }, (_, n) => times(`ns/${n}`, 1))).not.toContain(0);
  });

  it('wait while nothing may be asked, without counting', () => {
    const { syncs, force, times } = world();
    for (let n = 0; n < 50; n += 1) expect(force('ns/a', 30_000)).toContain('AWS refuses');
    expect(syncs.delayOf({ key: 'ns/a' as Key, value: 'x', refusedFor: ms(30_000) })?.after).toBe(30_000);
    expect(times('ns/a', 5)).toBe(5);
  });

  it('are counted once for a value, however many rounds it takes to act on it', () => {
    const { syncs, times } = world();
    const request = { key: 'ns/a' as Key, value: 'now', refusedFor: ms(0) };
    for (let round = 0; round < 20; round += 1) expect(syncs.delayOf(request)).toBeUndefined();
    expect(times('ns/a', 10)).toBe(4);
  });
});
