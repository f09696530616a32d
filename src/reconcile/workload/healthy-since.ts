/**
 * Since when a workload has been healthy with its present content: the soak of a wave begins then. Kubernetes does not record it for all kinds, so a new leader
 * counts from its own first look: a soak may last longer, never shorter.
 */
import type { Ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../../restart/consumer/consumer.ts';

interface Seen {
  readonly state: string;
  readonly since: Ms;
}

export class HealthySince {
  readonly #seen = new Map<ConsumerId, Seen>();

  /** `state`: all that makes it another state, such as its markers. `now`: wall clock. */
  of(id: ConsumerId, state: string, now: Ms): Ms {
    const known = this.#seen.get(id);
    if (known?.state === state) return known.since;
    this.#seen.set(id, { state, since: now });
    return now;
  }

  /** It is gone. */
  forget(id: ConsumerId): void {
    this.#seen.delete(id);
  }
}
