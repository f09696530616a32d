/**
 * Reads what is due, all identities in one loop that sleeps until the next due time and does nothing while nobody is subscribed. References
 * of the same identity that fall due soon fill the batch that is made anyway.
 */
import { batchSize } from '../../aws/batch-calls.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Clock } from '../../base/clock.ts';
import { ms } from '../../base/clock.ts';
import type { DueQueue } from './due-queue.ts';
import type { BreakerKey, SourceBreakers } from '../limits/source-breakers.ts';
import { RefreshLimit } from '../limits/refresh-limit.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

export interface RefresherOptions {
  readonly clock: Clock;
  /** Ends the loop; reads should end with it, too. */
  readonly lifetime: AbortSignal;
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  /** Resolves when all answers have been noted. A rejection is a defect unless the lifetime has ended. */
  readonly refresh: (due: readonly TrackedReference[]) => Promise<void>;
  /** Monotonic time of other work that the loop wakes for (the cache's expiry), and that work. */
  readonly housekeeping: { readonly nextAt: () => number | undefined; readonly run: () => void };
}

export class Refresher {
  readonly #options: RefresherOptions;
  /** What is being tried: one call at a time finds out for all. */
  readonly #probing = new Set<BreakerKey>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #room: RefreshLimit;
  #waitsForRoom = false;
  /** Who goes first where there is not room for all: by its place among the identities. */
  #first = 0;
  /** Ends the present sleep. */
  #nap = new AbortController();
  #wakesAt = Number.POSITIVE_INFINITY;
  #defect: Error | undefined;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#room = new RefreshLimit(options.clock);
  }

  /** Something is due at `at`: a sleep that would last longer ends. */
  dueAt(at: number): void {
    if (at < this.#wakesAt) this.#nap.abort();
  }

  /** Until the lifetime ends; then waits for what is under way. */
  async run(): Promise<void> {
    const { lifetime, housekeeping } = this.#options;
    const stop = (): void => this.#nap.abort();
    lifetime.addEventListener('abort', stop);
    try {
      while (!lifetime.aborted) {
        this.#refreshDue();
        housekeeping.run();
        await this.#sleep();
        if (this.#defect !== undefined) throw this.#defect;
      }
    } finally {
      lifetime.removeEventListener('abort', stop);
      await Promise.allSettled(this.#underWay);
    }
  }

  async #sleep(): Promise<void> {
    const { clock } = this.#options;
    this.#nap = new AbortController();
    this.#wakesAt = this.#nextAt();
    if (this.#wakesAt === Number.POSITIVE_INFINITY) {
      await new Promise<void>((resolve) => this.#nap.signal.addEventListener('abort', () => resolve(), { once: true }));
      return;
    }
    try {
      await clock.sleep(ms(Math.max(this.#wakesAt - clock.monotonic(), 0)), this.#nap.signal);
    } catch (error) {
      if (!this.#nap.signal.aborted) throw error;
    }
  }

  #nextAt(): number {
    const { registry, breakers, housekeeping } = this.#options;
    let next = housekeeping.nextAt() ?? Number.POSITIVE_INFINITY;
    this.#waitsForRoom = this.#room.free === 0;
    if (this.#waitsForRoom) return Math.min(next, this.#room.nextAt ?? next);
    for (const queue of registry.due.values()) {
      const head = queue.peek();
      // A gate only ever makes it later.
      if (head === undefined || head.dueAt >= next) continue;
      const { identity } = head.reference;
      if (this.#isProbing(identity)) continue;
      next = Math.min(next, Math.max(head.dueAt, breakers.closed(identity)?.until ?? 0));
    }
    return next;
  }

  #isProbing(identity: Identity): boolean {
    const probed = this.#options.breakers.probed(identity);
    return probed !== undefined && this.#probing.has(probed);
  }

  #refreshDue(): void {
    const { clock, breakers } = this.#options;
    const now = clock.monotonic();
    let turn = 0;
    for (const queue of this.#inTurn()) {
      if (this.#room.free === 0) {
        this.#first += turn;
        return;
      }
      turn += 1;
      const head = queue.peek();
      if (head === undefined || head.dueAt > now) continue;
      const { identity } = head.reference;
      if (breakers.closed(identity) !== undefined || this.#isProbing(identity)) continue;
      const probed = breakers.probed(identity);
      const taken = this.#take(queue, probed !== undefined);
      if (taken.length === 0) continue;
      const reading = this.#readAll(taken, probed);
      this.#underWay.add(reading);
      void reading.finally(() => this.#underWay.delete(reading));
    }
  }

  /** Where one probe finds out for several identities, those that are well go first. */
  #inTurn(): readonly DueQueue<TrackedReference>[] {
    const { registry, breakers } = this.#options;
    const queues = [...registry.due.values()];
    if (breakers.failing.services === 0) {
      this.#first %= Math.max(queues.length, 1);
      return this.#first === 0 ? queues : [...queues.slice(this.#first), ...queues.slice(0, this.#first)];
    }
    const turnOf = (queue: DueQueue<TrackedReference>): number => {
      const head = queue.peek();
      return head === undefined ? 0 : breakers.turnOf(head.reference.identity);
    };
    return queues.toSorted((one, other) => turnOf(one) - turnOf(other));
  }

  /** What is due and what fits into its last batch; for a probe one call's worth. */
  #take(queue: DueQueue<TrackedReference>, probe: boolean): readonly TrackedReference[] {
    const now = this.#options.clock.monotonic();
    const head = queue.peek();
    if (head === undefined) return [];
    // A queue is of one identity, and so of one service.
    const size = batchSize(head.reference.identity.service);
    const due = queue.takeDue(now, probe ? size : this.#room.free);
    const inBatches = due.filter(({ batchable }) => batchable).length;
    const room = (size - (inBatches % size)) % size;
    const early = queue.takeWhile(({ batchable, earliestAt }) => batchable && earliestAt <= now, room);
    const all = [...due, ...early];
    for (const tracked of all) tracked.take();
    return all;
  }

  /** `probed`: what this read is the probe of. */
  async #readAll(taken: readonly TrackedReference[], probed: BreakerKey | undefined): Promise<void> {
    const { clock, lifetime, refresh } = this.#options;
    if (probed !== undefined) this.#probing.add(probed);
    const leave = this.#room.take(taken.length);
    try {
      await refresh(taken);
    } catch (error) {
      if (lifetime.aborted) return;
      // Not to be swallowed: these references would never be read again.
      this.#defect = new Error('the source engine could not take note of what it read', { cause: error });
      this.#nap.abort();
    } finally {
      leave();
      if (probed !== undefined) this.#probing.delete(probed);
      if (probed !== undefined || this.#waitsForRoom) this.dueAt(clock.monotonic());
    }
  }
}
