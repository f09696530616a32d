/** The restart engine and the reconciler of workloads over an API in memory. Its caches are filled by hand: a test decides how old they are. */
import type { KubeObject, ObjectMeta } from '../../../../src/api/object/object.ts';
import { groupResource } from '../../../../src/api/object/resource-type.ts';
import { type Key, keyOf } from '../../../../src/base/key.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import type { EventRecord, KubeResult } from '../../../../src/kube/port.ts';
import type { WorkResult } from '../../../../src/queue/port.ts';
import { WorkQueue } from '../../../../src/queue/work-queue.ts';
import { Queues } from '../../../../src/reconcile/shared/queues.ts';
import { RestartEngine } from '../../../../src/reconcile/shared/restart-engine.ts';
import type { WorkloadContext } from '../../../../src/reconcile/workload/context.ts';
import type { RestartSide } from '../../../../src/reconcile/workload/sides.ts';
import { HealthySince } from '../../../../src/reconcile/workload/healthy-since.ts';
import { LeftOutLog } from '../../../../src/reconcile/workload/left-out.ts';
import { OwnPatches } from '../../../../src/reconcile/workload/own-patches.ts';
import { reconcileWorkload } from '../../../../src/reconcile/workload/reconcile.ts';
import { managedContents } from '../../../../src/reconcile/workload/source-contents.ts';
import { type Consumer, consumerId, type ConsumerId, type ConsumerKind, consumerKinds } from '../../../../src/restart/consumer/consumer.ts';
import { consumerTypes } from '../../../../src/restart/consumer/consumer-types.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { Ledger, type LedgerOptions } from '../../../../src/restart/ledger/ledger.ts';
import { PodAges } from '../../../../src/restart/pods/pod-ages.ts';
import { defaultLimits, type RestartLimits } from '../../../../src/restart/policy/policy.ts';
import { markerPrefixes } from '../../../../src/restart/source/marker.ts';
import { consumerKindOf } from '../../../../src/view/consumer-kinds.ts';
import { Store } from '../../../../src/watch/store.ts';
import { type FakeClock, settle, settlePromises } from '../../../support/fake-clock.ts';
import { Crash, type MemoryApi, refuse } from '../../../support/fakes/memory-api.ts';
import { silent } from '../reporting.ts';

export const OPERATOR = 'ops';

export interface RestartingOptions {
  readonly api: MemoryApi;
  readonly clock: FakeClock;
  /** The first one has the annotations of workloads. */
  readonly sides: readonly [RestartSide, ...RestartSide[]];
  readonly limits?: Partial<RestartLimits>;
  readonly needsAnnotation?: boolean;
  readonly ledger?: Pick<LedgerOptions, 'shards' | 'bytesPerShard'>;
  /** An answer about pods is known for this key. */
  readonly onAnswer?: (key: Key) => void;
}

/** One process that leads. */
export class Restarting implements Disposable {
  /** False: no question about pods is answered. */
  podsAreKnown = true;
  readonly engine: RestartEngine;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly consumers: ReadonlyMap<ConsumerKind, Store<Consumer>>;
  readonly events: EventRecord[] = [];
  /** `kind result cause` of each counted restart, and `kind healthy`. */
  readonly counted: string[] = [];
  readonly contexts: ReadonlyMap<ConsumerKind, WorkloadContext>;
  readonly #options: RestartingOptions;
  readonly #stop = new AbortController();
  readonly #slices = new TimeSlices();

  constructor(options: RestartingOptions) {
    const { api, clock, sides, limits } = options;
    this.#options = options;
    const [{ dialect }] = sides;
    const types = [...consumerKinds.map((kind) => consumerTypes[kind]), ...sides.map((side) => side.dialect.kinds.externalSecret)];
    this.queues = new Queues(new Map(types.map((type) => [groupResource(type), new WorkQueue({ name: groupResource(type), clock })])));
    this.consumers = new Map(
      consumerKinds.map((kind) => [kind, new Store<Consumer>({ indexes: consumerKindOf(kind, dialect).indexes ?? {} })] as const),
    );
    const contents = managedContents({ sides, prefixes: markerPrefixes(dialect.annotations), client: api });
    this.ledger = new Ledger({ client: api, namespace: OPERATOR, slices: this.#slices, clock, onProblem: () => undefined, shards: 2, ...options.ledger });
    this.engine = new RestartEngine({
      clock,
      limits: { ...defaultLimits, ...limits },
      ledger: this.ledger,
      queues: this.queues,
      allHealthy: () => undefined,
      consumers: () => this.#known(),
      isGone: ({ kind, namespace, name, uid }) => this.store(kind).get(keyOf(namespace, name))?.metadata.uid !== uid,
      read: contents.live,
      signal: this.#stop.signal,
    });
    const shared = { healthySince: new HealthySince(), refusals: new Map(), ownPatches: new OwnPatches(), podAges: this.#runPodAges() };
    this.contexts = new Map(consumerKinds.map((kind) => [kind, this.#contextOf(kind, { contents, ...shared })] as const));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  store(kind: ConsumerKind): Store<Consumer> {
    const store = this.consumers.get(kind);
    if (store === undefined) throw new Error(kind);
    return store;
  }

  context(kind: ConsumerKind = 'Deployment'): WorkloadContext {
    const context = this.contexts.get(kind);
    if (context === undefined) throw new Error(kind);
    return context;
  }

  /** The watches deliver all workloads. */
  sync(): void {
    for (const [kind, store] of this.consumers) {
      store.replace(this.#options.api.all(consumerTypes[kind]).map((raw) => this.reduce(kind, raw)));
    }
  }

  reduce(kind: ConsumerKind, raw: KubeObject): Consumer {
    return reduceConsumer(kind, raw, this.#options.sides[0].dialect.annotations);
  }

  /** One round with what the caches hold now. What it asked about pods is answered afterwards. */
  async reconcile(
    name: string,
    { kind = 'Deployment', namespace = 'team' }: { kind?: ConsumerKind; namespace?: string } = {},
  ): Promise<WorkResult> {
    await this.#untilLoaded();
    const result = await reconcileWorkload(keyOf(namespace, name), this.context(kind), this.#stop.signal);
    await settle();
    return result;
  }

  /** A refused read of the ledger is tried again after a while; a crash ends it. */
  async #untilLoaded(): Promise<void> {
    const load = { isOver: false };
    const end = (): void => void (load.isOver = true);
    this.engine.ready(this.#stop.signal).then(end, end);
    await settlePromises();
    while (!load.isOver) await this.#options.clock.advance(30_000);
  }

  *#known(): Generator<ConsumerId> {
    for (const [kind, store] of this.consumers) {
      for (const { metadata } of store.list()) yield consumerId(kind, metadata.namespace ?? '', metadata.name);
    }
  }

  #runPodAges(): Pick<PodAges, 'ask' | 'forget'> {
    const { api, clock, onAnswer } = this.#options;
    const made = Array.from(consumerKinds, (kind) => {
      const queue = this.queues.of(groupResource(consumerTypes[kind]));
      const ages = new PodAges({
        clock,
        client: alive(api),
        onAnswer: (key) => {
          queue.add(key, 1);
          onAnswer?.(key);
        },
      });
      void ages.run(this.#stop.signal);
      return [kind, ages] as const;
    });
    const byKind = new Map(made);
    return {
      ask: (key, owner, enough) => (this.podsAreKnown ? byKind.get(owner.kind)?.ask(key, owner, enough) : undefined),
      forget: (key) => byKind.forEach((ages) => ages.forget(key)),
    };
  }

  #contextOf(
    kind: ConsumerKind,
    shared: Pick<WorkloadContext, 'contents' | 'healthySince' | 'refusals' | 'ownPatches' | 'podAges'>,
  ): WorkloadContext {
    const { api, clock, sides, needsAnnotation = false } = this.#options;
    const [{ dialect }] = sides;
    return {
      ...shared,
      dialect,
      sides,
      kind,
      type: consumerTypes[kind],
      consumers: this.store(kind),
      allConsumers: this.consumers,
      rolloutOf: ({ metadata }) =>
        kind === 'Deployment' ? this.store('Rollout').byIndex('workloadRef', idOf('Deployment', metadata))[0] : undefined,
      prefixes: markerPrefixes(dialect.annotations),
      needsAnnotation,
      engine: this.engine,
      client: api,
      reader: alive(api),
      events: { record: (event) => void this.events.push(event) },
      metrics: {
        restarted: (of, result, cause) => void this.counted.push(`${of} ${result} ${cause}`),
        healthy: (of) => void this.counted.push(`${of} healthy`),
        allHealthy: () => undefined,
        reloaderActive: () => undefined,
      },
      leftOut: new LeftOutLog(),
      names: dialect.annotations,
      slices: this.#slices,
      clock,
      logger: silent,
    };
  }
}

function idOf(kind: ConsumerKind, { namespace = '', name }: ObjectMeta): ConsumerId {
  return consumerId(kind, namespace, name);
}

/** A process dies in its rounds; in what it does beside them a crash would end only a part of it. */
function alive(api: MemoryApi): Pick<MemoryApi, 'get' | 'list' | 'metadataPage'> {
  const answer = async <T>(call: () => Promise<KubeResult<T>>): Promise<KubeResult<T>> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Crash) return refuse('unavailable');
      throw error;
    }
  };
  return {
    get: (type, name) => answer(() => api.get(type, name)),
    list: (type, scope) => answer(() => api.list(type, scope)),
    metadataPage: (type, scope) => answer(() => api.metadataPage(type, scope)),
  };
}
