/** The plan of the queues for all stores, and what it says about one of them while the plan is late. */
import { keyOfObject, type Store } from '../watch/store.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import type { Config } from '../config.ts';
import { planQueues, type QueuePlan, type QueueUse, queueUseOf } from '../source/events/choose-queue.ts';
import { CachedPlan } from './cached-plan.ts';
import { UPDATE_INTERVAL } from './own-queues.ts';

const NO_QUEUES = planQueues({ operatorUrl: undefined, allowsOwn: false, clusterStores: [], secretStores: [] });

/** What a late plan says about stores that it may not know. */
const DECIDED_BY_OTHERS: ReadonlySet<QueueUse> = new Set<QueueUse>(['beyond-limit', 'too-many-stores']);

interface PlanParts {
  readonly stores: readonly { readonly type: ResourceType; readonly objects: Pick<Store<StoreObject>, 'list' | 'revision'> }[];
  readonly config: Pick<Config, 'eventsQueueUrl' | 'allowNamespacedQueues'>;
  readonly readsQueues?: boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class QueuePlans {
  /** Undefined: no queue is read. */
  readonly #kept: CachedPlan | undefined;
  readonly #enqueue: (store: StoreObject) => void;
  #last: QueuePlan | undefined;
  /** Stores whose use is unknown until the next plan. */
  #waiting = new Map<string, StoreObject>();

  /** `enqueue`: called for each store whose use was unknown, after the next plan. */
  constructor(parts: PlanParts, enqueue: (store: StoreObject) => void) {
    this.#kept = parts.readsQueues === false ? undefined : keptPlanOf(parts);
    this.#enqueue = enqueue;
  }

  get current(): QueuePlan {
    return this.#look().plan;
  }

  useOf(store: StoreObject): { readonly plan: QueuePlan; readonly use: QueueUse | 'unknown' } {
    const { plan, isLate } = this.#look();
    const use = queueUseOf(store, plan);
    if (!isLate || !DECIDED_BY_OTHERS.has(use)) return { plan, use };
    this.#waiting.set(`${store.apiVersion} ${keyOfObject(store)}`, store);
    return { plan, use: 'unknown' };
  }

  #look(): { readonly plan: QueuePlan; readonly isLate: boolean } {
    const look = this.#kept?.current ?? { plan: NO_QUEUES, isLate: false };
    if (look.plan === this.#last) return look;
    this.#last = look.plan;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const store of waiting.values()) this.#enqueue(store);
    return look;
  }
}

/** Without own queues a plan takes little time, and is made at once. */
function keptPlanOf({ stores, config, clock }: PlanParts): CachedPlan {
  const listed = (namespaced: boolean): readonly StoreObject[] =>
    stores.filter(({ type }) => type.namespaced === namespaced).flatMap(({ objects }) => [...objects.list()]);
  return new CachedPlan({
    clock,
    interval: config.allowNamespacedQueues ? UPDATE_INTERVAL : ms(0),
    revision: () => stores.map(({ objects }) => objects.revision).join(' '),
    stores: () => stores.flatMap(({ objects }) => [...objects.list()]),
    make: () =>
      planQueues({
        operatorUrl: config.eventsQueueUrl ?? undefined,
        allowsOwn: config.allowNamespacedQueues,
        clusterStores: listed(false),
        secretStores: listed(true),
      }),
  });
}
