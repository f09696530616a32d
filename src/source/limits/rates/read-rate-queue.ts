/**
 * Reconciles that wait for the read rate of their namespace: first come, first served, with one timer for each namespace. A cancelled
 * reconcile is removed at once, with all its references.
 */
import { type Clock, ms } from '../../../base/time/clock.ts';
import type { ReadRate } from './read-rate.ts';

/** An entry in the queue. */
export interface RateQueueEntry {
  /** Monotonic time at which the rate is expected to permit the reconcile. */
  readonly expectedAt: number;
  /** Ends the wait. */
  cancel(): void;
}

interface Request {
  readonly references: number;
  readonly onTaken: () => void;
}

interface NamespaceQueue {
  readonly requests: Set<Request>;
  /** References of all requests together. */
  references: number;
  readonly ended: AbortController;
}

export interface RateQueueOptions {
  readonly clock: Clock;
  /** Ends all waits. */
  readonly lifetime: AbortSignal;
  readonly rate: ReadRate;
}

/**
 * Maximum time between two requests to the rate, because reconciles return references that they do not read, and new resources raise the
 * rate.
 */
const MAX_SLEEP_MS = 1_000;

export class ReadRateQueue {
  readonly #options: RateQueueOptions;
  readonly #queues = new Map<string, NamespaceQueue>();

  constructor(options: RateQueueOptions) {
    this.#options = options;
  }

  /**
   * Undefined: the references were taken from the rate at once. Otherwise `onTaken` is called when they are taken, unless the entry is
   * cancelled before.
   */
  ask(namespace: string, references: number, onTaken: () => void): RateQueueEntry | undefined {
    const { clock, rate } = this.#options;
    const known = this.#queues.get(namespace);
    if (known === undefined && rate.take(namespace, references) === 0) return undefined;
    const queue = known ?? this.#create(namespace);
    const request: Request = { references, onTaken };
    queue.requests.add(request);
    queue.references += references;
    const expectedAt = clock.monotonic() + rate.waitFor(namespace, queue.references);
    return { expectedAt, cancel: () => this.#remove(namespace, queue, request) };
  }

  get size(): number {
    return this.#queues.values().reduce((sum, { requests }) => sum + requests.size, 0);
  }

  #create(namespace: string): NamespaceQueue {
    const queue: NamespaceQueue = { requests: new Set(), references: 0, ended: new AbortController() };
    this.#queues.set(namespace, queue);
    void this.#run(namespace, queue);
    return queue;
  }

  /** Runs until the queue is empty, or the engine ends. */
  async #run(namespace: string, queue: NamespaceQueue): Promise<void> {
    const { clock, lifetime, rate } = this.#options;
    const signal = AbortSignal.any([lifetime, queue.ended.signal]);
    // The caller adds the first request directly after it created the queue.
    await Promise.resolve();
    try {
      for (let [first] = queue.requests; first !== undefined; [first] = queue.requests) {
        const wait = rate.take(namespace, first.references);
        if (wait > 0) await clock.sleep(ms(Math.min(wait, MAX_SLEEP_MS)), signal);
        else {
          this.#remove(namespace, queue, first);
          first.onTaken();
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#end(namespace, queue);
    }
  }

  #remove(namespace: string, queue: NamespaceQueue, request: Request): void {
    if (!queue.requests.delete(request)) return;
    queue.references -= request.references;
    if (queue.requests.size > 0) return;
    queue.ended.abort();
    this.#end(namespace, queue);
  }

  #end(namespace: string, queue: NamespaceQueue): void {
    if (this.#queues.get(namespace) === queue) this.#queues.delete(namespace);
  }
}
