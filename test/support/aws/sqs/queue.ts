// One standard queue: messages become invisible when received, and visible again unless they are deleted in time. After too many times they
// go to the dead-letter queue.
import { createHash, randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EmulatorClock } from '../clock.ts';

/**
 * Turns of the event loop until a connection that the client has closed counts as closed here. A consumer that stops ends its poll and gives its messages
 * back: they must not go to that poll when a busy machine shows the emulator both at once.
 */
const TURNS_TO_NOTICE = 4;

export interface QueueOptions {
  /** Seconds; default 30. */
  readonly visibilityTimeout?: number;
  /** After so many receives a message goes to the dead-letter queue instead of being received again. Default: never. */
  readonly maxReceiveCount?: number;
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentMs: number;
  receives: number;
  firstReceivedMs: number | undefined;
  visibleAtMs: number;
  /** Only the last one is good for changing the visibility; any is for deletion. */
  receipts: Set<string>;
}

export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

export class Queue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly visibilityTimeout: number;
  readonly maxReceiveCount: number;
  /** Bodies that were received too often. */
  readonly deadLetters: string[] = [];
  /** Messages deleted so far. */
  deleted = 0;
  /** Order of delivery; a test may shuffle. Default: oldest first. */
  order: (ids: readonly string[]) => readonly string[] = (ids) => ids;
  readonly #clock: EmulatorClock;
  readonly #messages = new Map<string, Message>();
  readonly #pollers = new Set<() => void>();

  constructor(place: { readonly name: string; readonly url: string; readonly arn: string }, clock: EmulatorClock, options: QueueOptions) {
    this.name = place.name;
    this.url = place.url;
    this.arn = place.arn;
    this.#clock = clock;
    this.visibilityTimeout = options.visibilityTimeout ?? 30;
    this.maxReceiveCount = options.maxReceiveCount ?? Number.POSITIVE_INFINITY;
  }

  send(body: string): { readonly MessageId: string; readonly MD5OfMessageBody: string } {
    const now = this.#clock.now();
    const id = randomUUID();
    this.#messages.set(id, { id, body, sentMs: now, receives: 0, firstReceivedMs: undefined, visibleAtMs: now, receipts: new Set() });
    this.#wake();
    return { MessageId: id, MD5OfMessageBody: md5(body) };
  }

  /** At most `limit` visible messages; waits up to `waitSeconds` real seconds for the first. Nobody is served once `gone` has fired. */
  async receive(limit: number, waitSeconds: number, visibilitySeconds: number, gone: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const until = Date.now() + waitSeconds * 1000;
    for (;;) {
      const received = gone.aborted ? [] : this.#take(limit, visibilitySeconds);
      const left = until - Date.now();
      if (received.length > 0 || left <= 0 || gone.aborted) return received;
      await this.#change(Math.min(left, Math.max(this.#untilVisible(), 10)), gone);
    }
  }

  /** Any receipt of the message will do; one of a message that is gone is good, too. */
  delete(receipt: string): void {
    const message = this.#find(receipt);
    if (message && this.#messages.delete(message.id)) this.deleted++;
  }

  /** False when the message is not in flight with this receipt any more. */
  changeVisibility(receipt: string, seconds: number): boolean {
    const message = this.#find(receipt);
    if (!message || message.visibleAtMs <= this.#clock.now()) return false;
    message.visibleAtMs = this.#clock.now() + seconds * 1000;
    if (seconds === 0) this.#wake();
    return true;
  }

  /** Messages that may be received now. */
  get visible(): number {
    return this.#visibleMessages().length;
  }

  /** Messages that were received and not deleted. */
  get inFlight(): number {
    return this.#messages.size - this.visible;
  }

  /** How often each message that is still there was received. */
  get receiveCounts(): readonly number[] {
    return Array.from(this.#messages.values(), ({ receives }) => receives);
  }

  #take(limit: number, visibilitySeconds: number): readonly ReceivedMessage[] {
    const now = this.#clock.now();
    for (const message of this.#visibleMessages()) {
      if (message.receives < this.maxReceiveCount) continue;
      this.#messages.delete(message.id);
      this.deadLetters.push(message.body);
    }
    const ids = this.order(this.#visibleMessages().map(({ id }) => id)).slice(0, limit);
    return ids.map((id) => this.#messages.get(id)!).map((message) => this.#hand(message, now, visibilitySeconds));
  }

  #hand(message: Message, now: number, visibilitySeconds: number): ReceivedMessage {
    const receipt = randomUUID();
    message.receives++;
    message.firstReceivedMs ??= now;
    message.visibleAtMs = now + visibilitySeconds * 1000;
    message.receipts.add(receipt);
    return {
      MessageId: message.id,
      ReceiptHandle: receipt,
      MD5OfBody: md5(message.body),
      Body: message.body,
      Attributes: {
        SentTimestamp: String(message.sentMs),
        ApproximateReceiveCount: String(message.receives),
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
      },
    };
  }

  #visibleMessages(): readonly Message[] {
    const now = this.#clock.now();
    return [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= now);
  }

  #untilVisible(): number {
    const times = Array.from(this.#messages.values(), ({ visibleAtMs }) => visibleAtMs - this.#clock.now());
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  #find(receipt: string): Message | undefined {
    return [...this.#messages.values()].find(({ receipts }) => receipts.has(receipt));
  }

  /** Until a message comes, the time is over or the client is gone. */
  async #change(waitMs: number, gone: AbortSignal): Promise<void> {
    const over = new AbortController();
    const wake = (): void => over.abort();
    this.#pollers.add(wake);
    try {
      await sleep(waitMs, undefined, { signal: AbortSignal.any([over.signal, gone]) });
    } catch {
      // Woken: the caller looks again.
    } finally {
      this.#pollers.delete(wake);
    }
    for (let turn = 0; turn < TURNS_TO_NOTICE && !gone.aborted; turn += 1) await nextTurn();
  }

  #wake(): void {
    for (const wake of this.#pollers) wake();
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
