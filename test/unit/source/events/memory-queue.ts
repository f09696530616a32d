// The interface to SQS in memory, with a fake clock: visibility timeout, redelivery, failures on request, and a record of calls.
import type { Failure, Outcome } from '../../../../src/failure/failure.ts';
import type { EventQueue, QueueAddress, QueueMessage } from '../../../../src/aws/event-queue-port.ts';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { failed, ok } from '../../../../src/base/result.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';

interface Stored {
  readonly body: string;
  visibleAt: number;
  receives: number;
}

export class MemoryQueue implements EventQueue {
  readonly #clock: FakeClock;
  readonly #messages = new Map<string, Stored>();
  #next = 0;
  /** While set, every call fails with it. */
  failure: Failure | undefined;
  receives = 0;
  readonly hidden: Ms[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  send(...events: readonly (object | string)[]): void {
    for (const event of events) {
      const body = typeof event === 'string' ? event : JSON.stringify(event);
      this.#messages.set(`m${(this.#next += 1)}`, { body, visibleAt: 0, receives: 0 });
    }
  }

  get size(): number {
    return this.#messages.size;
  }

  get visible(): number {
    return [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= this.#clock.monotonic()).length;
  }

  get mostReceives(): number {
    return Math.max(0, ...Array.from(this.#messages.values(), ({ receives }) => receives));
  }

  async receive(
    _queue: QueueAddress,
    { hidden, wait }: { readonly hidden: Ms; readonly wait: Ms },
    signal: AbortSignal,
  ): Promise<Outcome<readonly QueueMessage[]>> {
    this.receives += 1;
    const until = this.#clock.monotonic() + wait;
    for (;;) {
      signal.throwIfAborted();
      if (this.failure !== undefined) return failed(this.failure);
      const taken = this.#take(hidden);
      if (taken.length > 0 || this.#clock.monotonic() >= until) return ok(taken);
      await this.#clock.sleep(ms(100), signal);
    }
  }

  delete(_queue: QueueAddress, receipts: readonly string[]): Promise<Outcome<readonly string[]>> {
    if (this.failure !== undefined) return Promise.resolve(failed(this.failure));
    for (const receipt of receipts) this.#messages.delete(receipt);
    return Promise.resolve(ok([]));
  }

  changeVisibility(_queue: QueueAddress, receipts: readonly string[], hidden: Ms): Promise<Outcome<void>> {
    if (this.failure !== undefined) return Promise.resolve(failed(this.failure));
    for (const receipt of receipts) {
      const message = this.#messages.get(receipt);
      if (message !== undefined) message.visibleAt = this.#clock.monotonic() + hidden;
      this.hidden.push(hidden);
    }
    return Promise.resolve(ok(undefined));
  }

  #take(hidden: Ms): readonly QueueMessage[] {
    const now = this.#clock.monotonic();
    const visible = [...this.#messages].filter(([, { visibleAt }]) => visibleAt <= now).slice(0, 10);
    for (const [, message] of visible) {
      message.visibleAt = now + hidden;
      message.receives += 1;
    }
    return visible.map(([receipt, { body }]) => ({ receipt, body }));
  }
}
