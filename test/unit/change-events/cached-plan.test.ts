import { describe, expect, it } from '@jest/globals';
import { CachedPlan } from '../../../src/change-events/cached-plan.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { planQueues } from '../../../src/source/events/choose-queue.ts';
import { Store } from '../../../src/watch/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { object } from '../resolve/entries.ts';

const named = (name: string, generation: number, version: string, more: object = {}): StoreObject => {
  const made = object('SecretStore', name, 'team');
  return { ...made, metadata: { ...made.metadata, generation, resourceVersion: version }, spec: {}, ...more };
};

function scene(interval = 2_000) {
  const clock = new FakeClock();
  const stores = new Store<StoreObject>();
  stores.replace([named('a', 1, '1'), named('b', 1, '1')]);
  let plans = 0;
  const kept = new CachedPlan({
    clock,
    interval: ms(interval),
    revision: () => String(stores.revision),
    stores: () => stores.list(),
    make: () => {
      plans += 1;
      return planQueues({ operatorUrl: undefined, allowsOwn: true, clusterStores: [], secretStores: stores.list() });
    },
  });
  /** Number of plans after a look, and whether the plan is late. */
  const look = () => {
    const { isLate } = kept.current;
    return [plans, isLate];
  };
  return { clock, stores, look };
}

describe('the plan of the queues', () => {
  it('is kept while only the status of stores changes', async () => {
    const { clock, stores, look } = scene();
    expect(look()).toEqual([1, false]);
    await clock.advance(10_000);
    stores.apply('modified', named('a', 1, '2', { status: { conditions: [] } }));
    expect(look()).toEqual([1, false]);
  });

  it.each([
    ['a new generation', (stores: Store<StoreObject>) => stores.apply('modified', named('a', 2, '2'))],
    ['a new store', (stores: Store<StoreObject>) => stores.apply('added', named('c', 1, '2'))],
    ['a deleted store', (stores: Store<StoreObject>) => stores.apply('deleted', named('b', 1, '1'))],
    ['a store that is kept no longer', (stores: Store<StoreObject>) => stores.apply('modified', named('a', 1, '2', { notKept: 1 }))],
  ])('is made again for %s, once in an interval', async (_, change) => {
    const { clock, stores, look } = scene();
    look();
    change(stores);
    expect(look()).toEqual([1, true]);
    await clock.advance(1_999);
    expect(look()).toEqual([1, true]);
    await clock.advance(1);
    expect([look(), look()]).toEqual([
      [2, false],
      [2, false],
    ]);
  });

  it('is made again at once without an interval', () => {
    const { stores, look } = scene(0);
    look();
    stores.apply('modified', named('a', 2, '2'));
    expect(look()).toEqual([2, false]);
  });

  it('is not late after a change that was undone', () => {
    const { stores, look } = scene();
    look();
    stores.apply('added', named('c', 1, '2'));
    stores.apply('deleted', named('c', 1, '2'));
    expect(look()).toEqual([1, false]);
  });
});
