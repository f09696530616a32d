/**
 * Messages that were received and are not deleted yet. They are hidden from other receivers for a minute at a time, which is extended while their
 * work goes on; what ends otherwise than well is left to come back by itself.
 */
import type { EventQueue, QueueAddress } from '../../aws/sqs/port.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';

/** What others have to wait for if this process dies. */
export const HIDDEN: Ms = ms(60_000);
/** So long before its end the time is extended. */
const EXTEND_BEFORE_MS = 30_000;
/** SQS lets nobody hide a message for more than twelve hours in all. */
const LONGEST_MS = 11 * 3_600_000;
/** So often a deletion is tried; the message comes back then, and finds nothing left to do. */
const MOST_DELETIONS = 5;
const DELETE_AGAIN_MS = 3_000;
/** The last calls of a process that ends: on a node that is short of processor time they take long, and a message that is not given back is away for a minute. */
const FAREWELL_MS = 1_500;

interface Entry {
  readonly queue: QueueAddress;
  readonly receipt: string;
  readonly receivedAt: number;
  hiddenUntil: number;
  state: 'under way' | 'done';
  deletions: number;
}

export type Message = Entry;

export class InFlight {
  readonly #sqs: EventQueue;
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  /** No deletion is tried before (monotonic). */
  #deleteAt = 0;

  constructor(sqs: EventQueue, clock: Clock) {
    this.#sqs = sqs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Monotonic time at which `tend` has something to do. */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      if (entry.state === 'done') return Math.max(this.#clock.monotonic(), this.#deleteAt);
      if (this.#mayExtend(entry)) next = Math.min(next, entry.hiddenUntil - EXTEND_BEFORE_MS);
    }
    return next;
  }

  add(queue: QueueAddress, receipt: string): Message {
    const now = this.#clock.monotonic();
    const entry: Entry = { queue, receipt, receivedAt: now, hiddenUntil: now + HIDDEN, state: 'under way', deletions: 0 };
    this.#entries.add(entry);
    return entry;
  }

  /** What it told is taken care of: it is deleted with the next `tend`. */
  done(message: Message): void {
    message.state = 'done';
  }

  /** It comes back when its time is over. */
  leave(message: Message): void {
    this.#entries.delete(message);
  }

  /** Deletes what is done and extends what takes long. */
  async tend(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    const entries = [...this.#entries];
    if (now >= this.#deleteAt) {
      await this.#delete(
        entries.filter(({ state }) => state === 'done'),
        signal,
      );
    }
    const ending = entries.filter(
      (entry) => entry.state === 'under way' && entry.hiddenUntil - now <= EXTEND_BEFORE_MS && this.#mayExtend(entry),
    );
    for (const [queue, group] of byQueue(ending)) {
      // A try that fails is made again at half the time that is left.
      const hidden = await this.#sqs.hide(queue, receiptsOf(group), HIDDEN, signal);
      for (const entry of group) entry.hiddenUntil = hidden.ok ? now + HIDDEN : now + (entry.hiddenUntil - now) / 2 + EXTEND_BEFORE_MS / 2;
    }
  }

  /** The process ends: deletes what is done, and gives back the rest so that a successor need not wait. */
  async end(): Promise<void> {
    const signal = AbortSignal.timeout(FAREWELL_MS);
    try {
      const entries = [...this.#entries];
      await this.#delete(
        entries.filter(({ state }) => state === 'done'),
        signal,
      );
      const left = entries.filter(({ state }) => state === 'under way');
      await Promise.all(Array.from(byQueue(left), ([queue, group]) => this.#sqs.hide(queue, receiptsOf(group), ms(0), signal)));
    } catch (error) {
      // Too late for more: they come back by themselves.
      if (!signal.aborted) throw error;
    }
  }

  async #delete(done: readonly Entry[], signal: AbortSignal): Promise<void> {
    for (const [queue, group] of byQueue(done)) {
      const left = await this.#sqs.delete(queue, receiptsOf(group), signal);
      if (!left.ok || left.value.length > 0) this.#deleteAt = this.#clock.monotonic() + DELETE_AGAIN_MS;
      const kept = new Set(left.ok ? left.value : receiptsOf(group));
      for (const entry of group) {
        entry.deletions += 1;
        if (!kept.has(entry.receipt) || entry.deletions >= MOST_DELETIONS) this.#entries.delete(entry);
      }
    }
  }

  #mayExtend({ receivedAt }: Entry): boolean {
    return this.#clock.monotonic() - receivedAt < LONGEST_MS;
  }
}

function byQueue(entries: readonly Entry[]): Map<QueueAddress, Entry[]> {
  return Map.groupBy(entries, ({ queue }) => queue);
}

function receiptsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ receipt }) => receipt);
}
