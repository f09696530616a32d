/**
 * The leader's work in memory: an API server with its watches, AWS and a queue of change events, over a clock that stands still. Writes to AWS are made by the
 * real SDK, to the endpoint of the environment.
 */
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { Dialect } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { type ClusterView, createClusterView } from '../../../src/view/cluster-view.ts';
import { ListedKinds } from '../../../src/view/listed-kinds.ts';
import { budgetedKinds, reflectorsOf, type RunningReflector } from '../../../src/view/reflectors.ts';
import { requiredKinds, watchedKinds } from '../../../src/app/from-controllers.ts';
import { controllersOf, createQueues } from '../../../src/app/controllers.ts';
import { enqueueChanges } from '../../../src/reconcile/shared/enqueue-changes.ts';
import { lead } from '../../../src/app/leadership.ts';
import { operate } from '../../../src/app/operator.ts';
import { readAllAgain } from '../../../src/view/read-again.ts';
import { untilListedOrFailed, watchInBackground } from '../../../src/app/run-watches.ts';
import { type Shard, wholeInstallation } from '../../../src/app/shard.ts';
import { createTelemetry } from '../../../src/app/telemetry.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import { type AwsServices, type AwsWriters, createAwsServices } from '../../../src/aws/aws-services.ts';
import { fail } from '../../../src/failure/failure.ts';
import { ok } from '../../../src/base/result.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { parseInvocation, type Config } from '../../../src/config.ts';
import type { KubeReader, KubeWriter } from '../../../src/kube/port.ts';
import { untilAborted } from '../../../src/base/waiting.ts';
import { ApiServerHealth } from '../../../src/kube/api-server-health.ts';
import type { RestartEngine } from '../../../src/reconcile/shared/restart-engine.ts';
import type { SourceEngine } from '../../../src/source/engine-options.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { FakeClock, settleSlices } from '../../support/fake-clock.ts';
import { MemoryApi, type Stored } from '../../support/fakes/memory-api.ts';
import { MemoryListWatcher } from '../../support/fakes/memory-list-watcher.ts';
import { MemoryQueue } from '../source/events/memory-queue.ts';
import { MemorySecretsManager } from '../source/memory-secrets-manager.ts';

const FLAGS = [
  '--leader-elect',
  '--allow-operator-identity',
  '--events-queue-url=https://sqs.eu-central-1.amazonaws.com/111122223333/changes',
];

export function configOf(...flags: readonly string[]): Config {
  const parsed = parseInvocation(['controller', ...FLAGS, ...flags], {}, 'test');
  if (parsed.kind !== 'run') throw new Error('bad flags');
  return parsed.config;
}

export interface OperateWorldOptions {
  /** Besides those that all have. */
  readonly flags?: readonly string[];
  /** Of all dialects; those that are enabled run. */
  readonly controllers?: readonly Controller[];
  /** Which keys this process works on. */
  readonly shard?: Shard;
}

export class OperateWorld implements Disposable {
  readonly clock = new FakeClock(undefined, settleSlices);
  readonly api = new MemoryApi();
  readonly watcher = new MemoryListWatcher(this.api);
  readonly aws = new MemorySecretsManager(this.clock);
  readonly sqs = new MemoryQueue(this.clock);
  readonly stop = new AbortController();
  readonly view: ClusterView;
  /** While it is pending, writes of Secrets are on their way. */
  held: Promise<void> = Promise.resolve();
  /** Writes of Secrets that are on their way. */
  writing = 0;
  readonly engine: { current?: SourceEngine | undefined } = {};
  readonly restarts: { current?: RestartEngine | undefined } = {};
  readonly #lines: string[] = [];
  readonly #config: Config;
  readonly #controllers: readonly Controller[];
  readonly #shard: Shard;
  readonly #watches = new AsyncDisposableStack();
  readonly #telemetry: ReturnType<typeof createTelemetry>;
  readonly #sdk = createAwsServices({
    clock: this.clock,
    tokens: () => Promise.resolve(fail('CredentialsMissing', 'no ServiceAccount in this test')),
    observe: () => undefined,
  });

  constructor({ flags = [], controllers = controllersOf(keytender), shard = wholeInstallation }: OperateWorldOptions = {}) {
    this.#config = configOf(...flags);
    this.#controllers = controllers.filter(({ isEnabled }) => isEnabled(this.#config));
    this.#shard = shard;
    const { supporting } = watchedKinds(this.#controllers, this.#config);
    this.view = createClusterView({ kinds: this.#controllers.map(({ kind }) => kind), supporting, owns: shard.owns });
    const sync = { reasons: () => [], failingStores: () => [], ages: async () => ({ at: [], stalest: [], unconfirmed: 0 }) };
    const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void this.#lines.push(line) } });
    const probes = {
      sync,
      source: () => undefined,
      unlisted: () => [],
      kept: () => [],
      restarts: { phases: () => [], oldestWaiting: () => undefined, ledgerLoaded: () => undefined, followed: () => undefined },
    };
    this.#telemetry = { ...createTelemetry(this.#config, probes, shard.name), logger };
    for (const dialect of new Set(controllers.map((one) => one.dialect))) this.#createStore(dialect);
  }

  get messages(): readonly string[] {
    return this.#lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  }

  /** The metrics of the process, line by line. */
  async metrics(): Promise<readonly string[]> {
    return (await this.#telemetry.registry.metrics()).split('\n');
  }

  [Symbol.dispose](): void {
    this.#telemetry.eventLoop[Symbol.dispose]();
    this.#sdk.close();
    void this.#watches.disposeAsync();
  }

  /** An ExternalSecret that writes the value of AWS's secret `db` to the Secret `target`. */
  apply(dialect: Dialect = keytender, target = 'db'): void {
    const spec = { secretStoreRef: { name: 'aws' }, target: { name: target }, data: [{ secretKey: 'password', remoteRef: { key: 'db' } }] };
    this.api.put(dialect.kinds.externalSecret, { metadata: { name: 'db', namespace: 'team' }, spec });
  }

  resource(dialect: Dialect = keytender): Stored | undefined {
    return this.api.find(dialect.kinds.externalSecret, 'team', 'db');
  }

  secret(name: string): Stored | undefined {
    return this.api.find(builtin.secret, 'team', name);
  }

  /** Watches, and leads when all is listed; resolves as `lead` does. */
  async lead(): Promise<boolean> {
    const { clock, view, engine, stop, api, watcher } = this;
    const [controllers, config, telemetry] = [this.#controllers, this.#config, this.#telemetry];
    const queues = createQueues(controllers, { clock, metrics: telemetry.queue, owns: this.#shard.owns });
    const slices = new TimeSlices();
    const changes = enqueueChanges(view, queues, { controllers, slices, onError: () => undefined });
    const reflectors: RunningReflector[] = [];
    const coverage = new ListedKinds(() => reflectors, requiredKinds(controllers));
    const digestKey = { id: 'k1', bytes: Buffer.alloc(32, 1) };
    const onSynced = (id: string, namespace: string): void => {
      coverage.listed(id, namespace, clock.monotonic());
      changes.synced(id, namespace);
    };
    const { kube: metrics, logger } = telemetry;
    const watched = { ...watchedKinds(controllers, config), namespaces: config.namespaces, watcher, digestKey, clock, slices, onSynced };
    reflectors.push(...reflectorsOf(view, changes.handlerOf, { ...watched, metrics, logger }));
    watchInBackground(reflectors, logger, this.#watches);
    await untilListedOrFailed(reflectors, stop.signal);
    const parts = {
      controllers,
      clock,
      config,
      view,
      queues,
      shard: this.#shard,
      watcher,
      reader: api,
      digestKey,
      secrets: this.#services(),
      health: new ApiServerHealth(clock),
      telemetry,
      engine,
      restarts: this.restarts,
      namespace: 'ops',
      coverage,
      slices,
      readAgain: (end: AbortSignal) => readAllAgain(budgetedKinds(view, watched), changes.handlerOf, { watcher, slices, clock }, end),
      seed: changes.start,
      onStop: () => undefined,
    };
    return await lead({
      config,
      client: this.#client(),
      namespace: 'ops',
      shard: this.#shard.name,
      clock,
      metrics: telemetry.leader,
      logger,
      signal: stop.signal,
      doneUntil: () => engine.current?.readUntil(),
      work: (leading, signal) => operate(parts, leading, signal),
    });
  }

  /** Asks the work to end, and waits until it has. */
  async end(work: Promise<boolean>): Promise<boolean> {
    this.stop.abort();
    await this.clock.advance(1_000);
    return await work;
  }

  #createStore({ kinds }: Dialect): void {
    const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1' } };
    this.api.put(kinds.secretStore, { metadata: { name: 'aws', namespace: 'team' }, spec: { provider } });
  }

  #client(): KubeReader & KubeWriter {
    const { api } = this;
    return {
      get: (type, name) => api.get(type, name),
      list: (type, scope) => api.list(type, scope),
      create: async (type, namespace, body, signal, mode) => {
        if (type.kind === builtin.secret.kind) await this.#arrival(signal);
        return await api.create(type, namespace, body, signal, mode);
      },
      mergePatch: (type, name, body, signal, subresource) => api.mergePatch(type, name, body, signal, subresource),
      delete: (type, name, preconditions) => api.delete(type, name, preconditions),
    };
  }

  async #arrival(signal: AbortSignal): Promise<void> {
    this.writing += 1;
    try {
      await untilAborted(this.held, signal);
    } finally {
      this.writing -= 1;
    }
  }

  #services(): AwsServices & AwsWriters {
    const { aws, sqs } = this;
    return {
      read: (as, id, version, signal) => aws.read(as, id, version, signal),
      readBatch: (as, references, signal) => aws.readBatch(as, references, signal),
      findPage: (as, path, page, signal) => aws.findPage(as, path, page, signal),
      listPage: async () => ok({ secrets: [] }),
      verifyCredentials: async () => ok({ identityName: 'tests' }),
      eventQueue: sqs,
      writer: (guards) => this.#sdk.writer(guards),
      close: () => undefined,
    };
  }
}
