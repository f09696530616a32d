/**
 * Messages that were received and are not deleted yet. A message is hidden from other receivers for a minute, and its visibility timeout is extended while
 * it is processed. A message that is not processed successfully becomes visible again by itself.
 */
import type { EventQueue, QueueAddress } from '../../aws/event-queue-port.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';

/** Visibility timeout: the time that other receivers wait if this process ends. */
export const VISIBILITY_TIMEOUT: Ms = ms(60_000);
/** Time before the end of the visibility timeout at which it is extended. */
const EXTEND_BEFORE_MS = 30_000;
/** SQS permits a total visibility timeout of twelve hours. */
const MAX_VISIBILITY_MS = 11 * 3_600_000;
/** Maximum number of attempts to delete a message. After that it becomes visible again and is processed once more. */
const MAX_DELETIONS = 5;
const DELETE_AGAIN_MS = 3_000;
/**
 * Time for the last calls of a process that ends. With little processor time they are slow, and a message that is not made visible stays
 * hidden for a minute.
 */
const SHUTDOWN_MS = 1_500;

interface Entry {
  readonly queue: QueueAddress;
  readonly receipt: string;
  readonly receivedAt: number;
  invisibleUntil: number;
  state: 'under way' | 'done';
  deletions: number;
}

export type ReceivedMessage = Entry;

export class InFlight {
  readonly #sqs: EventQueue;
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  /** No deletion before this time (monotonic). */
  #deleteAt = 0;

  constructor(sqs: EventQueue, clock: Clock) {
    this.#sqs = sqs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Monotonic time at which `maintain` must run next. */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      if (entry.state === 'done') return Math.max(this.#clock.monotonic(), this.#deleteAt);
      if (this.#mayExtend(entry)) next = Math.min(next, entry.invisibleUntil - EXTEND_BEFORE_MS);
    }
    return next;
  }

  add(queue: QueueAddress, receipt: string): ReceivedMessage {
    const now = this.#clock.monotonic();
    const entry: Entry = { queue, receipt, receivedAt: now, invisibleUntil: now + VISIBILITY_TIMEOUT, state: 'under way', deletions: 0 };
    this.#entries.add(entry);
    return entry;
  }

  /** The message is processed: the next `maintain` deletes it. */
  processed(message: ReceivedMessage): void {
    message.state = 'done';
  }

  /** The message becomes visible again when its timeout ends. */
  release(message: ReceivedMessage): void {
    this.#entries.delete(message);
  }

  /** Deletes messages that are processed and extends the timeout of the others. */
  async maintain(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    const entries = [...this.#entries];
    if (now >= this.#deleteAt) {
      await this.#delete(
        entries.filter(({ state }) => state === 'done'),
        signal,
      );
    }
    const ending = entries.filter(
      (entry) => entry.state === 'under way' && entry.invisibleUntil - now <= EXTEND_BEFORE_MS && this.#mayExtend(entry),
    );
    for (const [queue, group] of byQueue(ending)) {
      // After a failure the next attempt is at half of the remaining time.
      const hidden = await this.#sqs.changeVisibility(queue, receiptsOf(group), VISIBILITY_TIMEOUT, signal);
      for (const entry of group)
        entry.invisibleUntil = hidden.ok ? now + VISIBILITY_TIMEOUT : now + (entry.invisibleUntil - now) / 2 + EXTEND_BEFORE_MS / 2;
    }
  }

  /**
   * Called when the process ends: deletes messages that are processed, and makes the others visible, so that the next leader need not wait.
   */
  async end(): Promise<void> {
    const signal = AbortSignal.timeout(SHUTDOWN_MS);
    try {
      const entries = [...this.#entries];
      await this.#delete(
        entries.filter(({ state }) => state === 'done'),
        signal,
      );
      const left = entries.filter(({ state }) => state === 'under way');
      await Promise.all(Array.from(byQueue(left), ([queue, group]) => this.#sqs.changeVisibility(queue, receiptsOf(group), ms(0), signal)));
    } catch (error) {
      // No time is left: the messages become visible after their timeout.
      if (!signal.aborted) throw error;
    }
  }

  async #delete(processed: readonly Entry[], signal: AbortSignal): Promise<void> {
    for (const [queue, group] of byQueue(processed)) {
      const left = await this.#sqs.delete(queue, receiptsOf(group), signal);
      if (!left.ok || left.value.length > 0) this.#deleteAt = this.#clock.monotonic() + DELETE_AGAIN_MS;
      const kept = new Set(left.ok ? left.value : receiptsOf(group));
      for (const entry of group) {
        entry.deletions += 1;
        if (!kept.has(entry.receipt) || entry.deletions >= MAX_DELETIONS) this.#entries.delete(entry);
      }
    }
  }

  #mayExtend({ receivedAt }: Entry): boolean {
    return this.#clock.monotonic() - receivedAt < MAX_VISIBILITY_MS;
  }
}

function byQueue(entries: readonly Entry[]): Map<QueueAddress, Entry[]> {
  return Map.groupBy(entries, ({ queue }) => queue);
}

function receiptsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ receipt }) => receipt);
}
