import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { HealthySince } from '../../../../src/reconcile/workload/healthy-since.ts';
import { OwnPatches } from '../../../../src/reconcile/workload/own-patches.ts';
import { reduced } from '../../restart/consumer/workloads.ts';

describe('since when a workload is healthy', () => {
  it('is the first look with the same state', () => {
    const since = new HealthySince();
    expect([since.of('a', 'x', ms(1)), since.of('a', 'x', ms(2)), since.of('b', 'x', ms(3))]).toEqual([1, 1, 3]);
    expect([since.of('a', 'y', ms(4)), since.of('a', 'y', ms(5))]).toEqual([4, 4]);
    since.forget('a');
    expect(since.of('a', 'y', ms(6))).toBe(6);
  });
});

describe('own patches', () => {
  it('stand for the cached workload until the cache has another one', () => {
    const [patches, cached, patched] = [new OwnPatches(), reduced(), reduced()];
    expect(patches.current(cached)).toBe(cached);
    patches.wrote(cached, patched);
    expect(patches.current(cached)).toBe(patched);
    const next = reduced();
    expect(patches.current(next)).toBe(next);
  });
});
