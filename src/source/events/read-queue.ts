/**
 * The reads for events that wait for their limits: one line with one timer. Namespaces take turns, and each keeps the order of its reads.
 * A sleep for each read would wake all of them for each free read.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { untilFirst } from '../../base/waiting.ts';
import type { ReferenceKey } from '../port.ts';
import { type Dueable, DueQueue } from '../schedule/due-queue.ts';
import { ReadLimits } from './read-limits.ts';

/** Reads that start in one turn of the event loop. */
const STARTS = 20;
const NEXT_TURN = ms(1);

export interface LimitedRead {
  readonly key: ReferenceKey;
  /** The namespace for which the read counts. */
  readonly namespace: string;
}

interface Waiting extends LimitedRead, Dueable {
  /** Monotonic. After it the read is of no use. */
  readonly latest: number;
  readonly permit: PromiseWithResolvers<boolean>;
}

export class ReadQueue {
  readonly limits: ReadLimits;
  readonly #clock: Clock;
  /** Wait for a limit of their reference. */
  readonly #delayed = new DueQueue<Waiting>();
  /** Wait for a limit of their namespace, or of all reads. The first namespace is the next. */
  readonly #ready = new Map<string, Set<Waiting>>();
  #changed = Promise.withResolvers<void>();
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.limits = new ReadLimits(clock);
  }

  /** Whether a read of the namespace need not wait for others. */
  isFreeFor(namespace: string): boolean {
    return !this.#ready.has(namespace) && this.limits.waitForNamespace(namespace) === 0;
  }

  /**
   * Resolves with true when the read may start; it is counted. False: not by `latest` (monotonic). `signal`: the same for all reads of the
   * line, because each listener makes a signal slower.
   */
  async enter(read: LimitedRead, signal: AbortSignal, latest = Number.POSITIVE_INFINITY): Promise<boolean> {
    signal.throwIfAborted();
    const { limits } = this;
    const before = this.#ready.get(read.namespace)?.size ?? 0;
    if (before === 0 && limits.take(read.key, read.namespace) === 0) return true;
    const delay = limits.waitForReference(read.key);
    const wait = Math.max(delay, limits.waitForNamespace(read.namespace, before), limits.waitForAny());
    const now = this.#clock.monotonic();
    if (now + wait > latest) return false;
    const waiting: Waiting = { ...read, latest, permit: Promise.withResolvers(), dueAt: Number.POSITIVE_INFINITY };
    if (delay > 0) this.#delayed.set(waiting, now + delay);
    else this.#add(waiting);
    this.#changed.resolve();
    if (!this.#isRunning) void this.#run(signal);
    return waiting.permit.promise;
  }

  /** A counted read has shown a new version, or was not made. */
  giveBack({ key, namespace }: LimitedRead): void {
    this.limits.giveBack(key, namespace);
    this.#changed.resolve();
  }

  #add(waiting: Waiting): void {
    const others = this.#ready.get(waiting.namespace);
    if (others === undefined) this.#ready.set(waiting.namespace, new Set([waiting]));
    else others.add(waiting);
  }

  /** Until no read waits. */
  async #run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    try {
      for (;;) {
        this.#changed = Promise.withResolvers();
        const wait = this.#startReads();
        if (this.#ready.size + this.#delayed.size === 0) return;
        await untilFirst(this.#changed.promise, wait, this.#clock, signal);
      }
    } catch (error) {
      this.#rejectAll(error);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Returns the time until the next read may start. */
  #startReads(): Ms {
    const now = this.#clock.monotonic();
    for (const waiting of this.#delayed.takeDue(now)) this.#add(waiting);
    for (let left = STARTS; left > 0; left -= 1) {
      const wait = this.#startNext(now);
      if (wait > 0) return ms(Math.min(wait, (this.#delayed.peek()?.dueAt ?? Number.POSITIVE_INFINITY) - now));
    }
    return NEXT_TURN;
  }

  /** 0: a read was started, or is of no use now. Otherwise the milliseconds until the next one in the order may start. */
  #startNext(now: number): number {
    const forAny = this.limits.waitForAny();
    let first = Number.POSITIVE_INFINITY;
    for (const [namespace, reads] of this.#ready) {
      const wait = Math.max(forAny, this.limits.waitForNamespace(namespace));
      if (wait === 0) {
        this.#start(namespace, reads, now);
        return 0;
      }
      first = Math.min(first, wait);
    }
    return first;
  }

  #start(namespace: string, reads: Set<Waiting>, now: number): void {
    this.#ready.delete(namespace);
    const [next] = reads;
    if (next !== undefined) reads.delete(next);
    // The namespace goes to the end of the order.
    if (reads.size > 0) this.#ready.set(namespace, reads);
    next?.permit.resolve(now <= next.latest && this.limits.take(next.key, namespace) === 0);
  }

  #rejectAll(error: unknown): void {
    const waiting = [...this.#delayed.takeDue(Number.POSITIVE_INFINITY), ...[...this.#ready.values()].flatMap((reads) => [...reads])];
    this.#ready.clear();
    for (const { permit } of waiting) permit.reject(error);
  }
}
