/**
 * Refreshes what is due. One loop serves all identities; it sleeps until the next due time, and does nothing without subscribers. References of the same
 * identity that are due soon fill a batch that is made anyway. Due references wait in the queue of their namespace until limits and rates permit a refresh.
 */
import { batchSize } from '../../aws/batch-calls.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import { isAbortBy } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { DueQueue } from './due-queue.ts';
import type { BreakerKey, SourceBreakers } from '../limits/source-breakers.ts';
import { LoopSleep } from './loop-sleep.ts';
import { RefreshCalls } from './refresh-calls.ts';
import { RefreshQueues } from './refresh-queues.ts';
import { RefreshRate, type RefreshRateOptions } from '../limits/refresh-rate.ts';
import { RefreshLimit } from '../limits/refresh-limit.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

export interface RefresherOptions extends RefreshRateOptions {
  readonly clock: Clock;
  /** Ends the loop; reads should end with it, too. */
  readonly lifetime: AbortSignal;
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  /** Whether a batch call can read the reference. */
  readonly isBatched: (tracked: TrackedReference) => boolean;
  /** Resolves when all answers have been recorded. A rejection is a defect unless the lifetime has ended. */
  readonly refresh: (due: readonly TrackedReference[]) => Promise<void>;
  /** Other work of the loop (the expiry of the cache), and the monotonic time of the next such work. */
  readonly housekeeping: { readonly nextAt: () => number | undefined; readonly run: () => void };
}

/** Removing one reference from the due queue takes about a microsecond. */
const MAX_AT_ONCE = 2_000;

export class Refresher {
  readonly #options: RefresherOptions;
  /** Breakers with a probe in flight: the result of one call counts for all. */
  readonly #probing = new Set<BreakerKey>();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #limit: RefreshLimit;
  readonly #rate: RefreshRate;
  readonly #queues = new RefreshQueues<TrackedReference>();
  /** Monotonic: when a namespace that has exceeded its rate of calls may make the next one. */
  #rateAt = Number.POSITIVE_INFINITY;
  readonly #sleep: LoopSleep;
  #defect: Error | undefined;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#limit = new RefreshLimit(options.clock);
    this.#rate = new RefreshRate(options);
    this.#sleep = new LoopSleep(options.clock);
  }

  /** Number of due references that wait for the limit of refreshes, or for the rate of their namespace. */
  get waiting(): number {
    return this.#queues.size;
  }

  /** Something is due at `at`: ends a sleep that would last longer. */
  dueAt(at: number): void {
    this.#sleep.wake(at);
  }

  /** Runs until the lifetime ends, and then until no read is in flight. */
  async run(): Promise<void> {
    const { lifetime, housekeeping } = this.#options;
    try {
      while (!lifetime.aborted) {
        this.#refreshDue();
        housekeeping.run();
        await this.#sleep.until(this.#nextAt(), lifetime);
        if (this.#defect !== undefined) throw this.#defect;
      }
    } catch (error) {
      if (!isAbortBy(lifetime, error)) throw error;
    } finally {
      await Promise.allSettled(this.#inFlight);
    }
  }

  #nextAt(): number {
    const { registry, breakers, housekeeping } = this.#options;
    let next = Math.min(housekeeping.nextAt() ?? Number.POSITIVE_INFINITY, this.#queuesAt());
    for (const queue of registry.due.values()) {
      const head = queue.peek();
      // An open breaker can only delay the read.
      if (head === undefined || head.dueAt >= next) continue;
      const { identity } = head.reference;
      if (this.#isProbing(identity)) continue;
      next = Math.min(next, Math.max(head.dueAt, breakers.openBreaker(identity)?.until ?? 0));
    }
    return next;
  }

  /** When references may be taken from the queues of their namespaces. */
  #queuesAt(): number {
    if (this.#queues.goesOn) return this.#options.clock.monotonic();
    return this.#queues.size === 0 ? Number.POSITIVE_INFINITY : Math.min(this.#limit.nextAt ?? Number.POSITIVE_INFINITY, this.#rateAt);
  }

  #isProbing(identity: Identity): boolean {
    const probed = this.#options.breakers.probed(identity);
    return probed !== undefined && this.#probing.has(probed);
  }

  #refreshDue(): void {
    const { clock, breakers } = this.#options;
    const now = clock.monotonic();
    for (const queue of this.#inTurn()) {
      const head = queue.peek();
      if (head === undefined || head.dueAt > now) continue;
      const { identity } = head.reference;
      if (breakers.openBreaker(identity) !== undefined || this.#isProbing(identity)) continue;
      const probed = breakers.probed(identity);
      if (probed === undefined) this.#enqueueDue(queue);
      else this.#probe(queue, probed);
    }
    for (const taken of this.#takeFromQueues()) this.#begin(taken, undefined);
  }

  /** Where one probe counts for several identities, identities that work come first. */
  #inTurn(): Iterable<DueQueue<TrackedReference>> {
    const { registry, breakers } = this.#options;
    // A copy: queues may be removed from the registry, and others added.
    const queues = [...registry.due.values()];
    if (breakers.failing.services === 0) return queues;
    const probeOrder = (queue: DueQueue<TrackedReference>): number => {
      const head = queue.peek();
      return head === undefined ? 0 : breakers.probeOrder(head.reference.identity);
    };
    return queues.toSorted((one, other) => probeOrder(one) - probeOrder(other));
  }

  #enqueueDue(queue: DueQueue<TrackedReference>): void {
    for (const tracked of queue.takeDue(this.#options.clock.monotonic(), MAX_AT_ONCE)) {
      tracked.take();
      this.#queues.add(tracked);
    }
  }

  /** Takes the references of one call. */
  #probe(queue: DueQueue<TrackedReference>, probed: BreakerKey): void {
    const head = queue.peek();
    if (head === undefined) return;
    const taken = queue.takeDue(this.#options.clock.monotonic(), batchSize(head.reference.identity.service));
    for (const tracked of taken) this.#countAnyway(tracked);
    this.#begin(this.#filled(taken), probed);
  }

  /** The references to read now, by identity. */
  #takeFromQueues(): readonly (readonly TrackedReference[])[] {
    const calls = new RefreshCalls(this.#options.isBatched);
    this.#rateAt = Number.POSITIVE_INFINITY;
    const taken = this.#queues.take((namespace, waiting) => {
      let capacity = this.#limit.freeFor(namespace, waiting);
      return (tracked) => {
        if (capacity === 0) return 'waits';
        if (this.#isHeldBack(tracked)) return 'left';
        if (calls.needsOneFor(tracked) && !this.#mayCall(namespace)) return 'waits';
        capacity -= 1;
        calls.add(tracked);
        this.#limit.take(namespace);
        return 'taken';
      };
    });
    return Map.groupBy(taken, ({ identity }) => identity)
      .values()
      .map((ofIdentity) => this.#filled(ofIdentity))
      .toArray();
  }

  #mayCall(namespace: string): boolean {
    const wait = this.#rate.take(namespace);
    if (wait > 0) this.#rateAt = Math.min(this.#rateAt, this.#options.clock.monotonic() + wait);
    return wait === 0;
  }

  /** Its breaker has opened since it was due: the reference goes back to the due queue. */
  #isHeldBack({ key, reference: { identity } }: TrackedReference): boolean {
    const { clock, breakers, registry } = this.#options;
    const until = breakers.openBreaker(identity)?.until ?? (breakers.probed(identity) === undefined ? undefined : clock.monotonic());
    if (until !== undefined) registry.postpone(key, until);
    return until !== undefined;
  }

  /** `taken`: references of one identity. References that are due soon fill the last batch. */
  #filled(taken: readonly TrackedReference[]): readonly TrackedReference[] {
    const { clock, registry, isBatched } = this.#options;
    const now = clock.monotonic();
    const [first] = taken;
    const queue = first && registry.due.get(first.identity);
    if (first === undefined || queue === undefined) return taken;
    const size = batchSize(first.reference.identity.service);
    const inBatches = taken.filter(isBatched).length;
    const capacity = (size - (inBatches % size)) % size;
    const early = queue.takeWhile((tracked) => isBatched(tracked) && tracked.earliestAt <= now, capacity);
    for (const tracked of early) this.#countAnyway(tracked);
    return [...taken, ...early];
  }

  /** The reference is read whatever the limit is: for a probe, or to fill a batch. */
  #countAnyway(tracked: TrackedReference): void {
    tracked.take();
    this.#limit.take(tracked.namespace);
  }

  #begin(taken: readonly TrackedReference[], probed: BreakerKey | undefined): void {
    if (taken.length === 0) return;
    const reading = this.#readAll(taken, probed);
    this.#inFlight.add(reading);
    void reading.finally(() => this.#inFlight.delete(reading));
  }

  /** `probed`: the breaker that this read probes. */
  async #readAll(taken: readonly TrackedReference[], probed: BreakerKey | undefined): Promise<void> {
    const { clock, lifetime, refresh } = this.#options;
    if (probed !== undefined) this.#probing.add(probed);
    const leave = this.#limit.startRefresh(taken.map(({ namespace }) => namespace));
    try {
      await refresh(taken);
    } catch (error) {
      if (lifetime.aborted) return;
      // The defect must be reported: these references would never be read again.
      this.#defect = new Error('the source engine could not take note of what it read', { cause: error });
      this.#sleep.wake();
    } finally {
      leave();
      if (probed !== undefined) this.#probing.delete(probed);
      if (probed !== undefined || this.#queues.size > 0) this.dueAt(clock.monotonic());
    }
  }
}
