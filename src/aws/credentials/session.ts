/** Credentials of one identity, shared by all its calls. They are renewed early, by one renewal at a time. */
import type { AwsCredentialIdentity } from '@smithy/types';
import type { Outcome } from '../../failure/failure.ts';
import type { Clock } from '../../base/time/clock.ts';
import { ok } from '../../base/result.ts';

/** The SDK treats credentials as expired this long before their expiration. */
const EARLY_MS = 5 * 60_000;
/** Pause between two attempts to renew credentials that are still valid. */
const RENEWAL_PAUSE_MS = 30_000;

export class Session {
  readonly #clock: Clock;
  readonly #obtain: () => Promise<Outcome<AwsCredentialIdentity>>;
  #current: AwsCredentialIdentity | undefined;
  #pending: Promise<Outcome<AwsCredentialIdentity>> | undefined;
  #lastTry = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, obtain: () => Promise<Outcome<AwsCredentialIdentity>>) {
    this.#clock = clock;
    this.#obtain = obtain;
  }

  /** Valid credentials. While the old credentials still work, a failed renewal is not a failure: the renewal is repeated later. */
  async credentials(): Promise<Outcome<AwsCredentialIdentity>> {
    const held = this.#current;
    if (held !== undefined && !this.#needsRenewal(held)) return ok(held);
    this.#pending ??= this.#renew();
    const renewed = await this.#pending;
    if (renewed.ok || held === undefined || held !== this.#current) return renewed;
    return this.#millisecondsLeft(held) > 0 ? ok(held) : renewed;
  }

  #needsRenewal(held: AwsCredentialIdentity): boolean {
    const left = this.#millisecondsLeft(held);
    const isPausing = this.#clock.monotonic() - this.#lastTry < RENEWAL_PAUSE_MS;
    return left <= 0 || (left <= EARLY_MS && !isPausing);
  }

  /** Drops credentials that AWS has refused, unless they were renewed already. */
  drop(used: AwsCredentialIdentity): void {
    if (this.#current === used) this.#current = undefined;
  }

  async #renew(): Promise<Outcome<AwsCredentialIdentity>> {
    try {
      this.#lastTry = this.#clock.monotonic();
      const outcome = await this.#obtain();
      if (outcome.ok) this.#current = outcome.value;
      return outcome;
    } finally {
      this.#pending = undefined;
    }
  }

  #millisecondsLeft(credentials: AwsCredentialIdentity): number {
    return credentials.expiration === undefined ? Number.POSITIVE_INFINITY : credentials.expiration.getTime() - this.#clock.now();
  }
}
