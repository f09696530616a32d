/**
 * Which identities a pass may take due references of, and in which order: identities take turns. An identity that its breaker refuses is not examined again
 * before the breaker permits a probe or changes, so thousands of such identities cost a comparison each.
 */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { DueQueue } from '../schedule/due-queue.ts';
import type { BreakerKey, SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

type Queue = DueQueue<TrackedReference>;

/** An identity may not be read now. */
interface Refusal {
  /** Monotonic; infinity: until the probe of another identity has ended. */
  readonly until: number;
  /** Valid while breakers and probes have not changed otherwise. */
  readonly change: number;
}

export interface DueIdentity {
  readonly queue: Queue;
  readonly head: TrackedReference;
}

export interface IdentityTurnsOptions {
  readonly registry: Pick<Registry, 'due'>;
  readonly breakers: SourceBreakers;
}

export class IdentityRoundRobin {
  readonly #options: IdentityTurnsOptions;
  /** Breakers with a probe in flight: the result of one call counts for all. */
  readonly #probing = new Set<BreakerKey>();
  readonly #refusals = new WeakMap<Queue, Refusal>();
  #probesEnded = 0;

  constructor(options: IdentityTurnsOptions) {
    this.#options = options;
  }

  startProbe(probed: BreakerKey): void {
    this.#probing.add(probed);
  }

  endProbe(probed: BreakerKey): void {
    this.#probing.delete(probed);
    this.#probesEnded += 1;
  }

  /** At most `most` queues with a due reference. Where one probe counts for several identities, identities that work come first. */
  due(now: number, most: number): readonly DueIdentity[] {
    const { registry, breakers } = this.#options;
    const change = this.#change();
    const found: DueIdentity[] = [];
    for (const queue of registry.due.values()) {
      if (found.length === most) break;
      const head = queue.peek();
      if (head !== undefined && Math.max(head.dueAt, this.#refusedUntil(queue, change)) <= now) found.push({ queue, head });
    }
    if (breakers.failing.services === 0) return found;
    const ordered = found.map((identity) => ({ identity, order: breakers.probeOrder(identity.head.reference.identity) }));
    return ordered.sort((one, other) => one.order - other.order).map(({ identity }) => identity);
  }

  /** Whether the identity may not be read now. */
  refuses({ queue, head }: DueIdentity): boolean {
    const { identity } = head.reference;
    const until = this.#options.breakers.openBreaker(identity)?.until ?? (this.#isProbing(identity) ? Number.POSITIVE_INFINITY : undefined);
    if (until !== undefined) this.#refusals.set(queue, { until, change: this.#change() });
    return until !== undefined;
  }

  /** Monotonic: when a pass may take due references; infinity: not before something changes. */
  get nextAt(): number {
    const change = this.#change();
    let next = Number.POSITIVE_INFINITY;
    for (const queue of this.#options.registry.due.values()) {
      const dueAt = queue.peek()?.dueAt ?? next;
      if (dueAt < next) next = Math.min(next, Math.max(dueAt, this.#refusedUntil(queue, change)));
    }
    return next;
  }

  #refusedUntil(queue: Queue, change: number): number {
    const refusal = this.#refusals.get(queue);
    return refusal?.change === change ? refusal.until : 0;
  }

  #isProbing(identity: Identity): boolean {
    const probed = this.#options.breakers.probed(identity);
    return probed !== undefined && this.#probing.has(probed);
  }

  /** Grows with each change that may permit reads earlier. */
  #change(): number {
    return this.#probesEnded + this.#options.breakers.relieved;
  }
}
