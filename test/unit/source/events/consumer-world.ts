// A consumer over an engine in memory: AWS, queue and dependants are plain objects, with a fake clock. Dependants are reconciled as in the
// operator: by workers of a work queue, which queues a key once and runs a key again that was added in the meantime.
import type { Failure } from '../../../../src/failure/failure.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { ok } from '../../../../src/base/result.ts';
import { untilAborted } from '../../../../src/base/waiting.ts';
import type { WorkResult } from '../../../../src/queue/port.ts';
import { WorkQueue } from '../../../../src/queue/work-queue.ts';
import { runWorkers } from '../../../../src/queue/worker.ts';
import { priority } from '../../../../src/base/priority.ts';
import { EventConsumer } from '../../../../src/source/events/event-consumer.ts';
import type { EventResult } from '../../../../src/source/events/consumer-options.ts';
import { PendingReconciles } from '../../../../src/source/events/pending-reconciles.ts';
import { PollingReliance } from '../../../../src/source/events/polling-reliance.ts';
import { createSecretSource } from '../../../../src/source/engine.ts';
import type { SourceEngine } from '../../../../src/source/engine-options.ts';
import type { DependantKey, Interest, RemoteReference } from '../../../../src/source/port.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, one } from '../engine-world.ts';
import { MemorySecretsManager } from '../memory-secrets-manager.ts';
import { MemoryQueue } from './memory-queue.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { dependantKey, dependantOf } from '../../../../src/source/references/dependant.ts';

const HOUR = ms(3_600_000);
const QUEUE = { url: 'https://sqs.eu-central-1.amazonaws.com/111122223333/changes', forAll: true } as const;

export class ConsumerWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** Large messages wait for it. */
  slice: Promise<void> = Promise.resolve();
  /** What was received waits for it, as for credentials. */
  mayProcess: Promise<void> = Promise.resolve();
  /** Namespaces for which large messages have taken a slice. */
  readonly turns: string[] = [];
  readonly aws = new MemorySecretsManager(this.clock);
  readonly queue = new MemoryQueue(this.clock);
  readonly results: EventResult[] = [];
  readonly lags: number[] = [];
  readonly errors: unknown[] = [];
  readonly missed: string[] = [];
  readonly polls: (string | undefined)[] = [];
  /** What each dependant has written down, and how often. */
  readonly written = new Map<DependantKey, string[]>();
  apiUp = true;
  /** Dependants whose writes fail. */
  readonly stuck = new Set<DependantKey>();
  readonly engine: SourceEngine;
  readonly reconciles: PendingReconciles;
  readonly reliance: PollingReliance;
  readonly consumer: EventConsumer;
  readonly #stop = new AbortController();
  readonly #end = new AbortController();
  readonly #engineEnd = new AbortController();
  readonly #work: WorkQueue;
  /** Resolved at the next end of a reconcile of the key. */
  readonly #waiting = new Map<DependantKey, PromiseWithResolvers<void>>();
  /** Milliseconds that a write takes. */
  writeTime = 0;
  readonly #running: Promise<unknown>;
  readonly #references = new Map<DependantKey, { readonly references: readonly RemoteReference[]; readonly maxAge: number | undefined }>();

  /** With secrets in AWS, and a dependant of the same name for each. */
  static async started(...secrets: readonly string[]): Promise<ConsumerWorld> {
    const world = new ConsumerWorld();
    world.aws.put(...secrets);
    for (const secret of secrets) await world.dependant(secret, secret);
    await world.clock.advance(1_000);
    return world;
  }

  constructor() {
    const { clock, aws } = this;
    this.reconciles = new PendingReconciles([]);
    this.#work = new WorkQueue({ name: 'dependants', clock, random: () => 0 });
    this.reliance = new PollingReliance({
      clock,
      onChange: () => void [...this.engine.replanning()],
      onMissed: ({ secretId }) => void this.missed.push(secretId),
    });
    this.engine = createSecretSource({
      secrets: aws,
      clock,
      random: () => 0,
      readObserver: this.reliance,
      onChange: (dependant, at) => {
        this.reconciles.notified(dependant);
        this.#work.add(dependantOf(dependant).key, at);
      },
    });
    this.consumer = new EventConsumer({
      sqs: this.queue,
      clock,
      slices: {
        worker: (group) => ({
          isUsedUp: true,
          checkpoint: async () => {
            await this.slice;
            this.turns.push(group);
          },
        }),
      },
      references: this.engine.references,
      reconciles: this.reconciles,
      reliance: this.reliance,
      queue: () => Promise.resolve(ok({ ...QUEUE, source: { region: 'eu-central-1', base: { kind: 'operator' }, roles: [] } })),
      mayReceive: () => this.apiUp,
      onReceived: (signal) => untilAborted(this.mayProcess, signal),
      onPoll: (failure: Failure | undefined) => void this.polls.push(failure?.reason),
      onError: (error) => void this.errors.push(error),
      metrics: { ended: (result) => void this.results.push(result), lag: (seconds) => void this.lags.push(seconds) },
      random: () => 0,
    });
    const working = runWorkers({
      queue: this.#work,
      clock,
      concurrency: 16,
      reconcile: (key) => this.#reconcile(dependantKey('tests', key)),
      onError: (error) => void this.errors.push(error),
      signal: this.#end.signal,
      grace: ms(0),
    });
    const consuming = this.consumer.run(this.#stop.signal, this.#end.signal);
    this.#running = Promise.all([this.engine.run(this.#engineEnd.signal), consuming, working]);
  }

  /** A dependant that holds the current versions: with an interval of an hour, or of a minute if it relies on events for `maxAge`. */
  async dependant(name: string, secretIds: string | readonly string[], maxAge?: number, identity = one): Promise<DependantKey> {
    const key = dependantKey('tests', keyOf('ns', name));
    const references = [secretIds].flat().map((secretId) => current(secretId, identity));
    this.#references.set(key, { references, maxAge });
    await this.reconcileNow(key);
    return key;
  }

  /** Queues a reconcile, and waits for the end of one that started later. */
  async reconcileNow(key: DependantKey): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#waiting.set(key, ended);
    this.#work.add(dependantOf(key).key, priority.change);
    // A new dependant must read first, and the engine collects reads for a few milliseconds.
    const { references = [] } = this.#references.get(key) ?? {};
    if (references.some((reference) => this.engine.observe(reference).kind === 'unknown')) await this.clock.advance(3);
    await ended.promise;
  }

  async #reconcile(key: DependantKey): Promise<WorkResult> {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.reconciles.started(key);
    try {
      await this.#sync(key);
    } finally {
      this.reconciles.ended(key);
      waiting?.resolve();
    }
    return { kind: 'done' };
  }

  /** A reconcile: reads, subscribes, writes a new version if the API server permits it, and records that. */
  async #sync(key: DependantKey): Promise<void> {
    const known = this.#references.get(key);
    if (known === undefined) throw new Error('nobody');
    const { references, maxAge } = known;
    const read = await this.engine.read(references, { maxAge: HOUR, signal: this.#end.signal });
    const found: string[] = [];
    const interests = references.map((reference): Interest => {
      const outcome = read.get(referenceKey(reference));
      const version = outcome?.ok === true ? outcome.value.versionId : undefined;
      found.push(version ?? (outcome?.ok === false ? outcome.failure.reason : 'nothing'));
      return {
        reference,
        refreshInterval: maxAge === undefined ? HOUR : ms(60_000),
        ...(maxAge !== undefined && { reliance: { maxAge: ms(maxAge) } }),
        ...(version !== undefined && { heldVersionId: version }),
      };
    });
    this.engine.subscribe(key, interests);
    if (this.writeTime > 0) await this.clock.sleep(ms(this.writeTime), this.#end.signal);
    if (!this.apiUp || this.stuck.has(key)) return;
    const written = this.written.get(key) ?? [];
    const all = found.join(' ');
    if (written.at(-1) !== all) this.written.set(key, [...written, all]);
    this.reconciles.recorded(key);
  }

  /** The event that AWS sends for the current version of a secret, or another one. */
  event(name: string, versionId: string, time = this.clock.now()): object {
    return {
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      account: '111122223333',
      region: 'eu-central-1',
      time: new Date(Math.floor(time / 1_000) * 1_000).toISOString(),
      resources: [`arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`],
      detail: { name, labelUpdated: 'AWSCURRENT', versionId },
    };
  }

  /** The process ends in order; running work has this time. */
  async end(grace = 0): Promise<void> {
    this.#stop.abort(new DOMException('stop', 'AbortError'));
    await this.clock.advance(grace);
    this.#end.abort(new DOMException('end', 'AbortError'));
    this.#engineEnd.abort(new DOMException('end', 'AbortError'));
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
