/**
 * Limits the calls of STS. AWS counts them for the whole account of the operator, so the stores of one namespace must not use up the calls that the others
 * need. Refused calls count, too.
 */
import { fail, type Outcome } from '../../api/failure.ts';
import { type Clock, ms } from '../../base/clock.ts';
import { type Rate, Rates } from '../../base/rates.ts';
import { ok } from '../../base/result.ts';
import type { CredentialSource } from './identity.ts';

/** Of all stores of one namespace. A session lasts an hour: that is enough for 36,000 of them. */
const OF_NAMESPACE: Rate = { burst: 20, perSecond: 10 };
/** Of cluster-scoped stores and of the operator itself, which no tenant makes. */
const OF_INSTALLATION: Rate = { burst: 200, perSecond: 50 };
/** A call that would have to wait longer is refused; its caller tries again later. */
const LONGEST_WAIT = ms(5_000);

export class StsRate {
  readonly #clock: Clock;
  readonly #rates: Rates<string>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#rates = new Rates(clock);
  }

  /** Ok when the call may be made. Rejects when `signal` aborts while it waits. */
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

  /** Gives a call back that was not made. */
  giveBack({ storeNamespace = '' }: Pick<CredentialSource, 'storeNamespace'>): void {
    this.#rates.giveBack(storeNamespace, rateOf(storeNamespace));
  }
}

function rateOf(storeNamespace: string): Rate {
  return storeNamespace === '' ? OF_INSTALLATION : OF_NAMESPACE;
}
