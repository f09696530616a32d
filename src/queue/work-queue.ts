/**
 * A queue of keys like client-go's workqueue, with the priorities of controller-runtime: a key is queued at most once and processed by at
 * most one worker at a time. A key that is added while it is processed is queued again afterwards. Of an event, only the key is kept.
 */
import type { BackoffPolicy } from '../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import { type Key, nameOf } from '../base/key.ts';
import type { QueueMetrics, QueueMetricsFactory } from '../telemetry/metrics/queue-metrics.ts';
import { Timer } from './timer.ts';
import { DelayHeap } from './delay-heap.ts';
import type { Enqueuer } from './port.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';
import { RateLimiter } from './rate-limiter.ts';
import { type Ready, ReadyQueue } from './ready-queue.ts';
import { FairShare } from '../base/sharing/fair-share.ts';

export interface WorkQueueOptions {
  /** The name of the queue: the label `name` of its metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics?: QueueMetricsFactory;
  /** A key that has waited for this time gets priority.change. Default: 30 s. */
  readonly agingAfter?: Ms;
  readonly retryPolicy?: BackoffPolicy;
  readonly random?: () => number;
  /** Workers that wait in `take` are places that namespaces share (fair-share.ts). Default false: one namespace may use all of them. */
  readonly sharesWorkers?: boolean;
  /**
   * Whether this process reconciles the key. Other keys, which belong to another shard, are never queued. Default: it reconciles all keys.
   */
  readonly owns?: (key: Key) => boolean;
}

type Waiter = (key: Key | undefined) => void;

export class WorkQueue implements Enqueuer {
  readonly #clock: Clock;
  readonly #metrics: QueueMetrics | undefined;
  readonly #ready: ReadyQueue;
  readonly #sharesWorkers: boolean;
  readonly #owns: (key: Key) => boolean;
  readonly #held = new FairShare();
  readonly #delayed = new DelayHeap();
  readonly #timer: Timer;
  readonly #limiter: RateLimiter;
  /** The keys that are being processed: the start (monotonic) and the priority. */
  readonly #processing = new Map<Key, { readonly since: Ms; readonly priority: Priority }>();
  /** The keys that were added while they are processed. */
  readonly #again = new Map<Key, Ready>();
  readonly #waiters = new Set<Waiter>();
  readonly #drained = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#ready = new ReadyQueue(options.agingAfter ?? ms(30_000));
    this.#sharesWorkers = options.sharesWorkers ?? false;
    this.#owns = options.owns ?? (() => true);
    this.#limiter = new RateLimiter(options.retryPolicy, options.random);
    this.#timer = new Timer(options.clock, () => {
      this.#queueDue();
    });
    this.#metrics = options.metrics?.forQueue(options.name, {
      depth: () => this.depth,
      runningSeconds: () => Array.from(this.#processing.values(), ({ since }) => this.#secondsSince(since)),
    });
  }

  /** Number of keys that wait for a worker, without delayed keys. */
  get depth(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Number of keys that are being processed. */
  get running(): number {
    return this.#processing.size;
  }

  /** The priority of a key that is being processed. */
  priorityOf(key: Key): Priority {
    return this.#worked(key).priority;
  }

  /** Queues the key now. A delay of the key ends, because its reconcile decides about the next delay. */
  add(key: Key, priority: Priority): void {
    if (this.#closed || !this.#owns(key)) return;
    const waited = this.#delayed.remove(key);
    this.#timer.set(this.#delayed.nextDue);
    const better = waited !== undefined && waited.priority < priority ? waited.priority : priority;
    this.#queue({ key, priority: better, since: this.#clock.monotonic() });
  }

  /** Queues the key after `delay`. No effect if the key is queued already or has a shorter delay. */
  addAfter(key: Key, priority: Priority, delay: Ms): void {
    if (this.#closed || !this.#owns(key)) return;
    if (delay <= 0 || this.#isQueued(key)) {
      this.add(key, priority);
      return;
    }
    this.#delayed.add({ key, priority, due: ms(this.#clock.monotonic() + delay) });
    this.#timer.set(this.#delayed.nextDue);
  }

  /** Queues the key with priority.retry after its backoff, which grows until `forget`, but not before `atLeast`. Returns the delay. */
  addRateLimited(key: Key, atLeast: Ms = ms(0)): Ms {
    const delay = ms(Math.max(this.#limiter.next(key), atLeast));
    if (this.#closed) return delay;
    this.#metrics?.retried();
    // A key that was added again while it failed is queued at once. Its backoff does not improve its priority.
    if (!this.#isQueued(key)) this.addAfter(key, priorities.retry, delay);
    return delay;
  }

  /** Ends the backoff of a key. */
  forget(key: Key): void {
    this.#limiter.forget(key);
  }

  /** The next key; the caller must call `done` for it. Undefined after a shutdown when the queue is empty, or after an abort. */
  take(signal: AbortSignal): Promise<Key | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const key = this.#start(this.#waiters.size + 1);
    // With this worker more workers are free, so a namespace may get further ones.
    if (key !== undefined) this.#handOut();
    if (key !== undefined || this.#isDrained()) return Promise.resolve(key);
    return new Promise((resolve) => {
      const abort = (): void => {
        this.#waiters.delete(waiter);
        resolve(undefined);
      };
      const waiter: Waiter = (taken) => {
        signal.removeEventListener('abort', abort);
        resolve(taken);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** The processing of a key has ended. If the key was added in the meantime, it is queued now. */
  done(key: Key): void {
    const { since } = this.#worked(key);
    this.#processing.delete(key);
    this.#held.giveBack(nameOf(key).namespace);
    this.#metrics?.worked(this.#secondsSince(since));
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined) this.#ready.add(again);
    this.#handOut();
    this.#endIfDrained();
  }

  /** Shuts the queue down: no key is added, queued keys are still processed, and delayed keys are dropped. Resolves when all processing has ended. */
  shutDown(): Promise<void> {
    this.#closed = true;
    this.#delayed.clear();
    this.#timer.set(undefined);
    this.#endIfDrained();
    return this.#drained.promise;
  }

  #isQueued(key: Key): boolean {
    return this.#ready.has(key) || this.#again.has(key);
  }

  #queueDue(): void {
    const now = this.#clock.monotonic();
    for (let due = this.#delayed.popDue(now); due !== undefined; due = this.#delayed.popDue(now)) {
      this.#queue({ key: due.key, priority: due.priority, since: now });
    }
    this.#timer.set(this.#delayed.nextDue);
  }

  #queue(ready: Ready): void {
    if (!this.#isQueued(ready.key)) this.#metrics?.added();
    if (!this.#processing.has(ready.key)) {
      this.#makeReady(ready);
      return;
    }
    const again = this.#again.get(ready.key);
    if (again === undefined) this.#again.set(ready.key, ready);
    else if (ready.priority < again.priority) this.#again.set(ready.key, { ...again, priority: ready.priority });
  }

  #makeReady(ready: Ready): void {
    this.#ready.add(ready);
    this.#handOut();
  }

  /** Gives keys to waiting workers, if their namespaces may use further workers. */
  #handOut(): void {
    for (const waiter of this.#waiters) {
      const key = this.#start(this.#waiters.size);
      if (key === undefined) return;
      this.#waiters.delete(waiter);
      waiter(key);
    }
  }

  /** `free`: number of workers that wait for a key, with this one. */
  #start(free: number): Key | undefined {
    const now = this.#clock.monotonic();
    const may = this.#sharesWorkers ? (namespace: string): boolean => this.#held.mayTake(namespace, free) : undefined;
    const next = this.#ready.pop(now, may);
    if (next === undefined) return undefined;
    this.#processing.set(next.key, { since: now, priority: next.priority });
    this.#held.take(nameOf(next.key).namespace);
    this.#metrics?.waited(this.#secondsSince(next.since));
    return next.key;
  }

  #worked(key: Key): { readonly since: Ms; readonly priority: Priority } {
    const worked = this.#processing.get(key);
    if (worked === undefined) throw new TypeError(`nobody works on ${key}`);
    return worked;
  }

  #isDrained(): boolean {
    return this.#closed && this.#ready.size === 0 && this.#processing.size === 0;
  }

  #endIfDrained(): void {
    if (!this.#isDrained()) return;
    for (const waiter of this.#waiters) waiter(undefined);
    this.#waiters.clear();
    this.#drained.resolve();
  }

  #secondsSince(since: Ms): number {
    return (this.#clock.monotonic() - since) / 1_000;
  }
}
