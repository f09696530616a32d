/**
 * Refreshes what is due. One loop serves all identities; it sleeps until the next due time, and does nothing without subscribers. References of the same
 * identity that are due soon fill a batch that is made anyway. Due references wait in the queues of their namespaces until limits and rates permit a refresh.
 */
import { batchSize } from '../../aws/batch-calls.ts';
import { isAbortBy } from '../../base/abort.ts';
import type { DueQueue } from '../schedule/due-queue.ts';
import type { BreakerKey, SourceBreakers } from '../limits/breakers/source-breakers.ts';
import { IdentityRoundRobin } from './identity-round-robin.ts';
import { LoopSleep } from './loop-sleep.ts';
import { RefreshCalls } from './refresh-calls.ts';
import { type QueueDecision, RefreshQueues } from './refresh-queues.ts';
import { RefreshRate } from '../limits/rates/refresh-rate.ts';
import type { NamespaceRateOptions } from '../limits/rates/namespace-rate.ts';
import { RefreshLimit } from '../limits/rates/refresh-limit.ts';
import type { Moment } from '../references/namespace-intervals.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

export interface RefresherOptions extends NamespaceRateOptions {
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

/** References that one pass looks at, over all identities and namespaces, with identities that are refused: they take some milliseconds. */
const MAX_LOOKS = 2_000;
/** So many of them are due references that are not queued yet, so that queued ones have a part in each pass. */
const MAX_DUE = MAX_LOOKS / 2;

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #roundRobin: IdentityRoundRobin;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #limit: RefreshLimit;
  readonly #rate: RefreshRate;
  readonly #queues = new RefreshQueues<TrackedReference>();
  readonly #sleep: LoopSleep;
  #defect: Error | undefined;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#roundRobin = new IdentityRoundRobin(options);
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
    return Math.min(this.#options.housekeeping.nextAt() ?? Number.POSITIVE_INFINITY, this.#queuesAt(), this.#roundRobin.nextAt);
  }

  /** When references may be taken from the queues of their namespaces. */
  #queuesAt(): number {
    return this.#queues.size === 0
      ? Number.POSITIVE_INFINITY
      : Math.min(this.#limit.nextAt ?? Number.POSITIVE_INFINITY, this.#queues.nextAt);
  }

  /** One pass. References beyond its bound stay due or queued; the next pass goes on with them, after other work of the process. */
  #refreshDue(): void {
    const looks = this.#takeDue(MAX_DUE);
    this.#takeFromQueues(MAX_LOOKS - looks);
  }

  /** Queues due references, or takes them for a probe. Returns how many, with the identities that are refused; at most `most`. */
  #takeDue(most: number): number {
    const { clock, breakers, registry } = this.#options;
    let left = most;
    for (const turn of this.#roundRobin.due(clock.monotonic(), most)) {
      if (left === 0) break;
      const { queue, head } = turn;
      const { identity } = head.reference;
      registry.endTurn(head.identity);
      if (this.#roundRobin.refuses(turn)) {
        left -= 1;
        continue;
      }
      const probed = breakers.probed(identity);
      const ofCall = Math.min(batchSize(identity.service), left);
      left -= probed === undefined ? this.#enqueueDue(queue, left) : this.#probe(queue, probed, ofCall);
    }
    return most - left;
  }

  /** Returns the number of references. */
  #enqueueDue(queue: DueQueue<TrackedReference>, most: number): number {
    const at = this.#moment();
    const due = queue.takeDue(at.monotonic, most);
    for (const tracked of due) {
      tracked.take();
      this.#queues.add(tracked, at);
    }
    return due.length;
  }

  /** Takes the references of one call, at most `most`. Returns their number. */
  #probe(queue: DueQueue<TrackedReference>, probed: BreakerKey, most: number): number {
    const taken = queue.takeDue(this.#options.clock.monotonic(), most);
    for (const tracked of taken) this.#countAnyway(tracked);
    const filled = this.#filled(taken, most);
    this.#begin(filled, probed);
    return filled.length;
  }

  #takeFromQueues(most: number): void {
    const calls = new RefreshCalls(this.#options.isBatched);
    this.#limit.forgetSlow();
    const { taken, looks } = this.#queues.take({
      at: this.#moment(),
      most,
      decide: (namespace, waiting) => this.#decider(namespace, waiting, calls),
    });
    let left = most - looks;
    for (const ofIdentity of Map.groupBy(taken, ({ identity }) => identity).values()) {
      const filled = this.#filled(ofIdentity, ofIdentity.length + left);
      left -= filled.length - ofIdentity.length;
      this.#begin(filled, undefined);
    }
  }

  #decider(namespace: string, waiting: number, calls: RefreshCalls): (tracked: TrackedReference) => QueueDecision {
    const { clock } = this.#options;
    let capacity = this.#limit.freeFor(namespace, waiting);
    return (tracked) => {
      if (capacity === 0) return 'waits';
      if (this.#isHeldBack(tracked)) return 'left';
      tracked.countFor(namespace);
      const wait = calls.needsOneFor(tracked) ? this.#rate.take(namespace) : 0;
      if (wait > 0) return { heldUntil: clock.monotonic() + wait };
      capacity -= 1;
      calls.add(tracked);
      this.#limit.take(namespace);
      return 'taken';
    };
  }

  /** Its breaker has opened since it was due: the reference goes back to the due queue. */
  #isHeldBack({ key, reference }: TrackedReference): boolean {
    const { clock, breakers, registry } = this.#options;
    const until =
      breakers.openBreakerOf(reference)?.until ?? (breakers.probed(reference.identity) === undefined ? undefined : clock.monotonic());
    if (until !== undefined) registry.postpone(key, until);
    return until !== undefined;
  }

  /** `taken`: references of one identity. References that are due soon fill the last batch; all of them are at most `most`. */
  #filled(taken: readonly TrackedReference[], most: number): readonly TrackedReference[] {
    const { clock, registry, isBatched } = this.#options;
    const now = clock.monotonic();
    const [first] = taken;
    const queue = first && registry.due.get(first.identity);
    if (first === undefined || queue === undefined) return taken;
    const size = batchSize(first.reference.identity.service);
    const inBatches = taken.filter(isBatched).length;
    const capacity = Math.min((size - (inBatches % size)) % size, most - taken.length);
    const early = queue.takeWhile((tracked) => isBatched(tracked) && tracked.earliestAt <= now, capacity);
    for (const tracked of early) this.#countAnyway(tracked);
    return [...taken, ...early];
  }

  /** The reference is read whatever the limit is: for a probe, or to fill a batch. */
  #countAnyway(tracked: TrackedReference): void {
    tracked.take();
    // It stays the same until the end of the read.
    tracked.countFor(tracked.namespace);
    this.#limit.take(tracked.namespace);
  }

  #moment(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), monotonic: clock.monotonic() };
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
    if (probed !== undefined) this.#roundRobin.startProbe(probed);
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
      if (probed !== undefined) this.#roundRobin.endProbe(probed);
      if (probed !== undefined || this.#queues.size > 0) this.dueAt(clock.monotonic());
    }
  }
}
