/** Whether the API server responds, judged by the requests of this process. */
import type { Clock } from '../base/time/clock.ts';

/** Statuses of an API server, or of a load balancer in front of it, that cannot serve. */
const OUTAGES: ReadonlySet<number> = new Set([0, 502, 503, 504]);
/** A failed watch is repeated within this time. So after this time without another failure, the API server counts as available. */
const FORGOTTEN_AFTER_MS = 45_000;

export class ApiServerHealth {
  readonly #clock: Clock;
  #failedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt has ended with this HTTP status. 0: no response. */
  attempted(status: number): void {
    this.#failedAt = OUTAGES.has(status) ? this.#clock.monotonic() : undefined;
  }

  get isUp(): boolean {
    return this.#failedAt === undefined || this.#clock.monotonic() - this.#failedAt > FORGOTTEN_AFTER_MS;
  }
}
