/**
 * Since when a workload has been healthy with its present content: the soak of a wave begins then. Kubernetes does not record it for all kinds, so a new leader
 * counts from its own first look: a soak may last longer, never shorter.
 */
import { createHash } from 'node:crypto';
import type { Ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../../restart/consumer/consumer.ts';

interface Seen {
  readonly state: string;
  readonly since: Ms;
}

export class HealthySince {
  readonly #seen = new Map<ConsumerId, Seen>();

  /** `facts`: all that makes it another state, such as its markers, which may take 75 kB. `now`: wall clock. */
  of(id: ConsumerId, facts: string, now: Ms): Ms {
    const state = createHash('sha256').update(facts).digest('base64url');
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
