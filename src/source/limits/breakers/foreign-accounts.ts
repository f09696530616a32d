/**
 * The circuit breakers for secrets of foreign accounts. All users of an identity share its breaker, and each of them can name a secret of any account, also of
 * one that throttles on purpose, such as by the quota of its KMS key. So throttling of secrets of a foreign account opens a breaker for the reads of that
 * account with this identity only. It says nothing about the identity.
 */
import type { Failure, Outcome } from '../../../failure/failure.ts';
import { type Identity, type IdentityKey, identityKey } from '../../../aws/credentials/identity.ts';
import type { Clock } from '../../../base/time/clock.ts';
import type { ReferenceKey } from '../../port.ts';
import type { RequestedSecret } from '../budgets/quota-owner.ts';
import { CircuitBreakers, type OpenBreaker } from './circuit-breakers.ts';

type AccountKey = `${IdentityKey} ${string}`;
type Outcomes = ReadonlyMap<ReferenceKey, Outcome<unknown>>;

/** The foreign account of a secret; undefined for a secret of the identity's own account. */
export type ForeignAccountOf = (requested: RequestedSecret) => string | undefined;

/** The foreign accounts of the references of a call. References of the own account are not in it. */
export type ForeignAccounts = ReadonlyMap<ReferenceKey, string>;

/** A call that was made at `madeAt` (monotonic); `owner`: the namespace whose share a breaker uses. */
interface Call {
  readonly identity: Identity;
  readonly accounts: ForeignAccounts;
  readonly madeAt: number;
  readonly owner: string | undefined;
}

export class ForeignAccountBreakers {
  readonly #accountOf: ForeignAccountOf;
  readonly #breakers: CircuitBreakers<AccountKey>;

  constructor(clock: Clock, random: () => number, accountOf: ForeignAccountOf) {
    this.#accountOf = accountOf;
    this.#breakers = new CircuitBreakers(clock, random);
  }

  /** Records the answers for foreign secrets. Returns the answers that tell something about the identity. */
  record({ identity, accounts, madeAt, owner }: Call, outcomes: Outcomes): Outcomes {
    if (accounts.size === 0) return outcomes;
    const others = new Map(outcomes);
    const throttled = new Map<string, Failure>();
    const answered = new Set<string>();
    for (const [key, account] of accounts) {
      const outcome = outcomes.get(key);
      if (outcome === undefined) continue;
      if (!isThrottledByService(outcome)) answered.add(account);
      else {
        throttled.set(account, outcome.failure);
        others.delete(key);
      }
    }
    for (const account of answered) this.#breakers.passed(keyOf(identity, account));
    for (const [account, failure] of throttled)
      if (!answered.has(account)) this.#breakers.failed(keyOf(identity, account), { failure: ofAccount(failure), madeAt, owner });
    return others;
  }

  /** The open breaker of the account of this secret. */
  openBreaker(requested: RequestedSecret): OpenBreaker | undefined {
    // Mostly there is none, and this is asked for each reference.
    if (this.#breakers.size === 0) return undefined;
    const account = this.#accountOf(requested);
    return account === undefined ? undefined : this.#breakers.openBreaker(keyOf(requested.identity, account));
  }
}

/** Throttled by the service itself, not by STS before the call. */
export function isThrottledByService<T>(outcome: Outcome<T>): outcome is Extract<Outcome<T>, { readonly ok: false }> {
  return !outcome.ok && outcome.failure.reason === 'Throttled' && outcome.failure.during === undefined;
}

function keyOf(identity: Identity, account: string): AccountKey {
  return `${identityKey(identity)} ${account}`;
}

/** Without the secret and the entry that one of the users asked for. */
function ofAccount(found: Failure): Failure {
  if (found.facts === undefined) return found;
  const { entry: _entry, object: _object, resource: _resource, ...shared } = found.facts;
  return { ...found, facts: shared };
}
