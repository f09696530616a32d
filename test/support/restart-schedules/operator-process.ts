/** One process of the operator that leads: the real controllers of workloads and the real write of Secrets, over watches and requests that fail. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { groupResource, type ResourceType } from '../../../src/api/object/resource-type.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { DigestKey } from '../../../src/base/digest.ts';
import { keyOf } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import type { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { type Config, parseInvocation } from '../../../src/config.ts';
import type { KubeReader, KubeWriter } from '../../../src/kube/port.ts';
import { runWorkers } from '../../../src/queue/worker.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import { controllerId } from '../../../src/reconcile/shared/controller.ts';
import { enqueueChanges } from '../../../src/reconcile/shared/enqueue-changes.ts';
import type { Manager } from '../../../src/reconcile/shared/manager.ts';
import { Queues } from '../../../src/reconcile/shared/queues.ts';
import { RestartEngine } from '../../../src/reconcile/shared/restart-engine.ts';
import { workloadControllers } from '../../../src/reconcile/workload/controller.ts';
import { sidesOf } from '../../../src/reconcile/workload/sides.ts';
import { managedContents } from '../../../src/reconcile/workload/source-contents.ts';
import { Ledger } from '../../../src/restart/ledger/ledger.ts';
import { markerPrefixes } from '../../../src/restart/source/marker.ts';
import { type ClusterView, createClusterView, ownKind, ownStore, supportingStore } from '../../../src/view/cluster-view.ts';
import { consumersIn } from '../../../src/view/consumer-kinds.ts';
import { anyKind, externalSecretKind } from '../../../src/view/own-kinds.ts';
import { managedSecretKind } from '../../../src/view/supporting-kinds.ts';
import type { FakeClock } from '../fake-clock.ts';
import type { Change, MemoryApi } from '../fakes/memory-api.ts';
import type { Client } from './faulty-client.ts';
import type { Mutant } from './mutants.ts';
import { NAMESPACE } from './objects.ts';
import { writeSecret } from './secret-writes.ts';
import { WatchPipes } from './watch-pipes.ts';

export interface ProcessOptions {
  readonly api: MemoryApi;
  readonly clock: FakeClock;
  readonly slices: TimeSlices;
  readonly client: Client;
  readonly digestKey: DigestKey;
  readonly random: () => number;
  readonly valuesOf: (writer: string) => ReadonlyMap<string, string>;
  readonly mutant: Mutant | undefined;
  /** A reconcile has thrown. */
  readonly onDefect: (error: unknown) => void;
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted = { restarted() {}, healthy() {}, allHealthy() {}, reloaderActive() {} };
const externalSecrets = keytender.kinds.externalSecret;
const secrets = managedSecretKind(keytender);
const LABEL = keytender.labels.managed;

export const scheduleConfig: Config = configOf('--restart-max-concurrent-per-namespace=3');

function configOf(...flags: readonly string[]): Config {
  const parsed = parseInvocation(['controller', ...flags], {}, 'test');
  if (parsed.kind !== 'run') throw new TypeError('bad flags');
  return parsed.config;
}

export class OperatorProcess {
  readonly engine: RestartEngine;
  readonly pipes: WatchPipes;
  readonly view: ClusterView;
  readonly #options: ProcessOptions;
  readonly #stop = new AbortController();
  readonly #controllers: readonly Controller[];
  readonly #queues: Queues;
  readonly #changes: ReturnType<typeof enqueueChanges>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { clock, slices, onDefect } = options;
    this.#controllers = workloadControllers([keytender]).filter(({ isEnabled }) => isEnabled(scheduleConfig));
    this.view = createClusterView({
      supporting: [],
      kinds: [anyKind(externalSecretKind(keytender)), ...this.#controllers.map(({ kind }) => kind)],
    });
    this.#queues = this.#createQueues();
    this.#changes = enqueueChanges(this.view, this.#queues, { controllers: this.#controllers, slices, onError: onDefect });
    this.pipes = new WatchPipes(() => clock.monotonic(), [externalSecrets, builtin.secret, ...this.#ownTypes].map(groupResource));
    this.engine = this.#createEngine();
  }

  get hasEnded(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Lists all kinds, and begins to work. */
  async start(): Promise<void> {
    this.relist();
    for (const controller of this.#controllers) this.#run(controller);
    this.#runWriter();
    await this.#changes.start();
    for (const { metadata } of ownStore(this.view, externalSecrets).list()) this.writeSecret(metadata.name);
  }

  end(): void {
    this.#stop.abort();
    for (const queue of this.#queues.all()) void queue.shutDown();
  }

  /** The value of a source has changed, or its Secret. */
  writeSecret(writer: string): void {
    this.#queues.of(groupResource(externalSecrets)).add(keyOf(NAMESPACE, writer), priority.change);
  }

  /** All watches have ended, and all kinds are listed anew. */
  relist(): void {
    for (const type of [externalSecrets, builtin.secret, ...this.#ownTypes]) this.pipes.clear(groupResource(type));
    for (const type of [externalSecrets, ...this.#ownTypes]) {
      const { store, take } = ownKind(this.view, type);
      this.#handled(groupResource(type), store.replace(this.#options.api.all(type).map(take)));
    }
    const managed = this.#options.api.all(builtin.secret).filter(isManaged);
    this.#handled(secrets.id, supportingStore(this.view, secrets).replace(managed.map((raw) => this.#reduceSecret(raw))));
  }

  /** One event of a watch. */
  deliver({ kind, resource, object }: Change): void {
    if (resource === groupResource(builtin.secret)) {
      const type = isManaged(object) ? kind : 'deleted';
      this.#handled(secrets.id, supportingStore(this.view, secrets).apply(type, this.#reduceSecret(object)));
      return;
    }
    const type = [externalSecrets, ...this.#ownTypes].find((one) => groupResource(one) === resource);
    if (type === undefined) return;
    const { store, take } = ownKind(this.view, type);
    this.#handled(resource, store.apply(kind, take(object)));
  }

  get #ownTypes(): readonly ResourceType[] {
    return this.#controllers.map(({ kind }) => kind.type);
  }

  #handled(id: string, events: ReturnType<ReturnType<typeof ownStore>['apply']>): void {
    const handler = this.#changes.handlerOf(id);
    for (const event of events) {
      handler(event);
      if (id === groupResource(externalSecrets)) this.writeSecret(event.object.metadata.name);
      else if (id === secrets.id) this.#writersOf(event.object.metadata.name).forEach((name) => this.writeSecret(name));
    }
  }

  #writersOf(secret: string): readonly string[] {
    return ownStore<ExternalSecretObject>(this.view, externalSecrets)
      .byIndex('target', `${NAMESPACE}/${secret}`)
      .map(({ metadata }) => metadata.name);
  }

  #reduceSecret(raw: KubeObject) {
    return secrets.reduce(raw, { own: (type) => ownStore(this.view, type), digestKey: this.#options.digestKey });
  }

  #createQueues(): Queues {
    const { clock, random } = this.#options;
    const ids = [groupResource(externalSecrets), ...this.#controllers.map((one) => controllerId(one))];
    return new Queues(new Map(ids.map((id) => [id, new WorkQueue({ name: id, clock, random, sharesWorkers: id !== ids[0] })])));
  }

  #createEngine(): RestartEngine {
    const { clock, client, slices, mutant } = this.#options;
    const contents = managedContents({ sides: sidesOf([keytender], this.view), prefixes: markerPrefixes(keytender.annotations), client });
    const stored: KubeReader & KubeWriter = mutant?.ledgerClient?.() ?? client;
    const { restartMinInterval, restartMaxConcurrentPerNamespace, restartMaxConcurrent } = scheduleConfig;
    return new RestartEngine({
      clock,
      limits: { minInterval: restartMinInterval, perNamespace: restartMaxConcurrentPerNamespace, perInstallation: restartMaxConcurrent },
      ledger: new Ledger({ client: stored, namespace: 'ops', slices, clock, onProblem: () => undefined, shards: 2 }),
      queues: this.#queues,
      allHealthy: () => undefined,
      consumers: () => consumersIn(this.view),
      isGone: () => false,
      read:
        mutant?.believesCache === true
          ? async (namespace, source) => ({ ok: true, value: contents.cached(namespace, source)?.content })
          : contents.live,
      signal: this.#stop.signal,
    });
  }

  #run(controller: Controller): void {
    const { clock, onDefect } = this.#options;
    const { reconcile, parts = {} } = controller.start(this.#manager());
    const { signal } = this.#stop;
    for (const part of Object.values(parts)) part(signal).catch(onDefect);
    const work = {
      queue: this.#queues.of(controllerId(controller)),
      clock,
      concurrency: 4,
      reconcile: (key: string, cut: AbortSignal) => reconcile(key as Parameters<typeof reconcile>[0], cut, () => undefined),
      onError: onDefect,
      signal,
    };
    runWorkers(work).catch(onDefect);
  }

  #runWriter(): void {
    const { clock, client, slices, digestKey, valuesOf, onDefect } = this.#options;
    const context = {
      client,
      clock,
      slices,
      digestKey,
      valuesOf,
      externalSecrets: ownStore<ExternalSecretObject>(this.view, externalSecrets),
      managedSecrets: supportingStore(this.view, secrets),
    };
    const work = {
      queue: this.#queues.of(groupResource(externalSecrets)),
      clock,
      concurrency: 1,
      reconcile: (key: string, cut: AbortSignal) => writeSecret(key as Parameters<typeof writeSecret>[0], context, cut),
      onError: onDefect,
      signal: this.#stop.signal,
    };
    runWorkers(work).catch(onDefect);
  }

  /** What the controllers of workloads use of it. */
  #manager(): Manager {
    const { client, clock, slices, mutant } = this.#options;
    const reader = mutant?.reader?.(client) ?? client;
    const manager: Partial<Manager> = {
      config: scheduleConfig,
      view: this.view,
      queues: this.#queues,
      client,
      reader,
      events: { record: () => undefined },
      restarts: this.engine,
      restartMetrics: uncounted,
      slices,
      clock,
      logger: silent,
    };
    return manager as Manager;
  }
}

function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[LABEL] === 'true';
}
