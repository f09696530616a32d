/**
 * Reconciles that wait for the read rate of their namespace: first come, first served, with one timer for each namespace. A reconcile that leaves is
 * forgotten at once, with all references that it would have read.
 */
import { type Clock, ms } from '../../base/clock.ts';
import type { ReadRate } from './read-rate.ts';

/** An entry in the queue. */
export interface Place {
  /** When the rate is expected to permit the reconcile (monotonic). */
  readonly expectedAt: number;
  /** Ends the wait. */
  leave(): void;
}

interface Request {
  readonly references: number;
  readonly onTaken: () => void;
}

interface Line {
  readonly requests: Set<Request>;
  /** Of all requests together. */
  references: number;
  readonly ended: AbortController;
}

export interface RateQueueOptions {
  readonly clock: Clock;
  /** Ends all waits. */
  readonly lifetime: AbortSignal;
  readonly rate: ReadRate;
}

/** Longest time between two requests to the rate: reconciles give back references that they do not read, and new resources raise the rate. */
const LONGEST_SLEEP_MS = 1_000;

export class RateQueue {
  readonly #options: RateQueueOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: RateQueueOptions) {
    this.#options = options;
  }

  /** Undefined: the references were taken from the rate at once. Otherwise `onTaken` is called when they are, unless the entry is cancelled before. */
  ask(namespace: string, references: number, onTaken: () => void): Place | undefined {
    const { clock, rate } = this.#options;
    const known = this.#lines.get(namespace);
    if (known === undefined && rate.take(namespace, references) === 0) return undefined;
    const line = known ?? this.#open(namespace);
    const request: Request = { references, onTaken };
    line.requests.add(request);
    line.references += references;
    const expectedAt = clock.monotonic() + rate.waitFor(namespace, line.references);
    return { expectedAt, leave: () => this.#leave(namespace, line, request) };
  }

  get size(): number {
    return this.#lines.values().reduce((sum, { requests }) => sum + requests.size, 0);
  }

  #open(namespace: string): Line {
    const line: Line = { requests: new Set(), references: 0, ended: new AbortController() };
    this.#lines.set(namespace, line);
    void this.#run(namespace, line);
    return line;
  }

  /** Runs until the queue is empty, or the engine ends. */
  async #run(namespace: string, line: Line): Promise<void> {
    const { clock, lifetime, rate } = this.#options;
    const signal = AbortSignal.any([lifetime, line.ended.signal]);
    // The caller adds the first request right after it has created the queue.
    await Promise.resolve();
    try {
      for (let [first] = line.requests; first !== undefined; [first] = line.requests) {
        const wait = rate.take(namespace, first.references);
        if (wait > 0) await clock.sleep(ms(Math.min(wait, LONGEST_SLEEP_MS)), signal);
        else {
          this.#leave(namespace, line, first);
          first.onTaken();
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#end(namespace, line);
    }
  }

  #leave(namespace: string, line: Line, request: Request): void {
    if (!line.requests.delete(request)) return;
    line.references -= request.references;
    if (line.requests.size > 0) return;
    line.ended.abort();
    this.#end(namespace, line);
  }

  #end(namespace: string, line: Line): void {
    if (this.#lines.get(namespace) === line) this.#lines.delete(namespace);
  }
}
