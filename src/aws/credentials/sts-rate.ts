/**
 * Limits the calls of STS. AWS counts them for the whole account of the operator, so the stores of one namespace must not use all of them.
 * Refused calls count too.
 */
import { fail, type Outcome } from '../../failure/failure.ts';
import { type Clock, ms } from '../../base/time/clock.ts';
import { type Rate, Rates } from '../../base/sharing/rates.ts';
import { ok } from '../../base/result.ts';
import type { CredentialSource } from './identity.ts';

/** Rate of all stores of one namespace. A session lasts an hour, so this is enough for 36,000 sessions. */
const OF_NAMESPACE: Rate = { burst: 20, perSecond: 10 };
/** Rate of cluster-scoped stores and of the operator itself. Tenants cannot create these. */
const OF_INSTALLATION: Rate = { burst: 200, perSecond: 50 };
/** A call with a longer wait is refused; its caller tries again later. */
const LONGEST_WAIT = ms(5_000);

export class StsRate {
  readonly #clock: Clock;
  readonly #rates: Rates<string>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#rates = new Rates(clock);
  }

  /** Ok if the call may be made. Rejects if `signal` aborts during the wait. */
  async next({ storeNamespace = '' }: Pick<CredentialSource, 'storeNamespace'>, signal: AbortSignal): Promise<Outcome<void>> {
    const rate = rateOf(storeNamespace);
    const wait = this.#rates.reserve(storeNamespace, rate, LONGEST_WAIT);
    if (wait === undefined) {
      // The namespace is not named: stores of other namespaces may wait for the same session.
      const problem = storeNamespace === '' ? 'session-limit' : 'namespace-session-limit';
      return fail('Throttled', { service: 'sts', problem, limit: rate.perSecond }, { retryAfterMs: LONGEST_WAIT });
    }
    try {
      if (wait > 0) await this.#clock.sleep(wait, signal);
    } catch (error) {
      this.#rates.giveBack(storeNamespace, rate);
      throw error;
    }
    return ok(undefined);
  }

  /** Returns a call that was not made. */
  giveBack({ storeNamespace = '' }: Pick<CredentialSource, 'storeNamespace'>): void {
    this.#rates.giveBack(storeNamespace, rateOf(storeNamespace));
  }
}

function rateOf(storeNamespace: string): Rate {
  return storeNamespace === '' ? OF_INSTALLATION : OF_NAMESPACE;
}
