/** The leader's work in memory: an API server, AWS and a queue of change events, with a fake clock. */
import { builtin } from '../../../src/api/builtin-types.ts';
import type { Dialect } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../src/api/external-secret.ts';
import { type ClusterView, createClusterView, ownKind } from '../../../src/view/cluster-view.ts';
import { controllersOf, createQueues } from '../../../src/app/controllers.ts';
import { enqueueChanges } from '../../../src/app/enqueue-changes.ts';
import { lead } from '../../../src/app/leadership.ts';
import { operate } from '../../../src/app/operator.ts';
import { readOwnAgain } from '../../../src/app/read-again.ts';
import { createTelemetry } from '../../../src/app/telemetry.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import type { HandlerOf } from '../../../src/view/reflectors.ts';
import type { AwsServices } from '../../../src/aws/secret-reader.ts';
import { ok } from '../../../src/base/result.ts';
import { TimeSlices } from '../../../src/base/time-slices.ts';
import { parseInvocation, type Config } from '../../../src/config.ts';
import type { KubeReader, KubeWriter } from '../../../src/kube/port.ts';
import { untilAborted } from '../../../src/base/waiting.ts';
import { ApiServerHealth } from '../../../src/kube/api-server-health.ts';
import type { SourceEngine } from '../../../src/source/engine-options.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { FakeClock, settleSlices } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { store } from '../resolve/entries.ts';
import { MemoryQueue } from '../source/events/memory-queue.ts';
import { MemorySecretsManager } from '../source/memory-secrets-manager.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

const FLAGS = [
  '--leader-elect',
  '--allow-operator-identity',
  '--events-queue-url=https://sqs.eu-central-1.amazonaws.com/111122223333/changes',
];

function configOf(flags: readonly string[]): Config {
  const parsed = parseInvocation(['controller', ...flags], {}, 'test');
  if (parsed.kind !== 'run') throw new Error('bad flags');
  return parsed.config;
}

export class OperateWorld implements Disposable {
  readonly clock = new FakeClock(undefined, settleSlices);
  readonly api = new MemoryApi();
  readonly aws = new MemorySecretsManager(this.clock);
  readonly sqs = new MemoryQueue(this.clock);
  readonly stop = new AbortController();
  readonly view: ClusterView;
  /** While it is pending, writes of Secrets are on their way. */
  held: Promise<void> = Promise.resolve();
  /** Writes of Secrets that are on their way. */
  writing = 0;
  readonly engine: { current?: SourceEngine | undefined } = {};
  readonly #lines: string[] = [];
  readonly #config: Config;
  readonly #dialect: Dialect;
  readonly #controllers: readonly Controller[];
  #handlerOf: HandlerOf | undefined;
  readonly #telemetry: ReturnType<typeof createTelemetry>;

  /** `flags`: besides those that all have. `dialect`: of the group whose kinds are served. `controllers`: those that run. */
  constructor(flags: readonly string[] = [], dialect: Dialect = keytender, controllers: readonly Controller[] = controllersOf(dialect)) {
    this.#dialect = dialect;
    this.#controllers = controllers;
    this.view = createClusterView(dialect, { kinds: controllers.map(({ kind }) => kind) });
    this.#config = configOf([...FLAGS, ...flags]);
    const sync = { reasons: () => [], failingStores: () => [], ages: async () => ({ at: [], stalest: [], unconfirmed: 0 }) };
    const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void this.#lines.push(line) } });
    this.#telemetry = { ...createTelemetry(this.#config, { sync, source: () => undefined, unread: () => [], kept: () => [] }), logger };
  }

  get messages(): readonly string[] {
    return this.#lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  }

  [Symbol.dispose](): void {
    this.#telemetry.eventLoop[Symbol.dispose]();
  }

  /** A watch shows this object of a kind that controllers reconcile. */
  seen(kind: string, raw: KubeObject): void {
    const { store, take } = ownKind(this.view.own, kind);
    for (const event of store.apply('modified', take(raw))) this.#handlerOf?.(kind)(event);
  }

  /** Leads with one store and one ExternalSecret "db"; resolves as `lead` does. */
  lead(): Promise<boolean> {
    const { clock, view, engine, stop } = this;
    const resource = this.#createExternalSecret('db');
    view.secretStores.replace([store({})]);
    view.externalSecrets.replace([resource]);
    const controllers = this.#controllers;
    const queues = createQueues(controllers, { clock, metrics: this.#telemetry.queue });
    const watcher = new ScriptedListWatcher();
    const slices = new TimeSlices();
    const { handlerOf, start: seed } = enqueueChanges(view, queues, {
      controllers,
      work: slices.worker(''),
      onError: () => undefined,
    });
    this.#handlerOf = handlerOf;
    const parts = {
      dialect: this.#dialect,
      controllers,
      clock,
      config: this.#config,
      view,
      queues,
      watcher,
      reader: this.api,
      digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) },
      secrets: this.#services(),
      health: new ApiServerHealth(clock),
      telemetry: this.#telemetry,
      engine,
      coverage: { isRead: () => true, missingFor: () => [], isComplete: true, lastAt: undefined, listedAt: () => undefined },
      slices,
      readAgain: (end: AbortSignal) => readOwnAgain(view.own, handlerOf, { watcher, slices, clock }, end),
      seed,
      onStop: () => undefined,
    };
    return lead({
      config: this.#config,
      client: this.#client(),
      namespace: 'ops',
      clock,
      metrics: this.#telemetry.leader,
      logger: this.#telemetry.logger,
      signal: stop.signal,
      work: (client, signal, leadUntil) => operate(parts, client, signal, leadUntil),
    });
  }

  #createExternalSecret(name: string): ExternalSecretObject {
    const type = this.#dialect.kinds.externalSecret;
    const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'password', remoteRef: { key: name } }] };
    this.api.put(type, { metadata: { name, namespace: 'team' }, spec });
    return this.api.find(type, 'team', name) as unknown as ExternalSecretObject;
  }

  secret(name: string): unknown {
    return this.api.find(builtin.secret, 'team', name);
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

  #services(): AwsServices {
    const { aws, sqs } = this;
    return {
      read: (as, id, version, signal) => aws.read(as, id, version, signal),
      readBatch: (as, references, signal) => aws.readBatch(as, references, signal),
      findPage: (as, path, page, signal) => aws.findPage(as, path, page, signal),
      listPage: async () => ok({ secrets: [] }),
      verifyCredentials: async () => ok({ identityName: 'tests' }),
      eventQueue: sqs,
      close: () => undefined,
    };
  }
}
