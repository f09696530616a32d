/** Whether the API server answers, as far as the requests of this process tell. */
import type { Clock } from '../base/clock.ts';

/** Statuses of a server, or of a load balancer before it, that cannot serve. */
const OUTAGES: ReadonlySet<number> = new Set([0, 502, 503, 504]);
/** Watches are tried again within this time: without another failure it is up again, even if nothing was asked of it. */
const FORGOTTEN_AFTER_MS = 45_000;

export class ApiServerHealth {
  readonly #clock: Clock;
  #failedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One attempt ended with this HTTP status; 0: no answer came. */
  attempted(status: number): void {
    this.#failedAt = OUTAGES.has(status) ? this.#clock.monotonic() : undefined;
  }

  get isUp(): boolean {
    return this.#failedAt === undefined || this.#clock.monotonic() - this.#failedAt > FORGOTTEN_AFTER_MS;
  }
}
