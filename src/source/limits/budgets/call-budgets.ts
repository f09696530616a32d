/**
 * Limits the rate of calls by account and region, and by operation if AWS counts so: well below the quotas of AWS, which the account shares
 * with other callers. Until AWS has proved the account of an identity, the identity has a budget of its own, so that a false claim uses no
 * budget of others. A refresh leaves a reserve for reads that a caller waits for.
 */
import { type Identity, type IdentityKey, identityKey } from '../../../aws/credentials/identity.ts';
import type { CallAttempts } from '../../../aws/port.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import type { Clock, Ms } from '../../../base/time/clock.ts';
import { type RequestedSecret, accountInRequest, ownerByAccount, ownerByAnswer } from './quota-owner.ts';
import { SharedBudget, type Urgency } from './shared-budget.ts';

/**
 * Calls per second. AWS allows 100 BatchGetSecretValue, 100 ListSecrets, 10,000 GetSecretValue and 50 writes of values and stages together
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html); of Parameter Store by default 40 calls of
 * GetParameter, GetParameters and GetParametersByPath together (docs/aws-parameter-store.md), so that all of them share one bucket. A full
 * bucket permits the calls of two seconds within one second, so the maximum rate is half of a quota.
 */
const RATES = {
  SecretsManager: { batch: 40, single: 400, list: 20 },
  ParameterStore: 20,
} as const satisfies Record<Identity['service'], Readonly<Record<Exclude<OperationClass, 'write'>, number>> | number>;

const WRITES_A_SECOND = 20;
const LOWEST_RATE = Math.min(WRITES_A_SECOND, RATES.ParameterStore, ...Object.values(RATES.SecretsManager));

/** `write`: a write to Secrets Manager. Nothing else is written, so the service that the identity reads from does not matter. */
export type OperationClass = 'batch' | 'single' | 'list' | 'write';

/** The bucket of a call, and its calls a second. */
function bucketOf({ service }: Identity, operation: OperationClass): { readonly name: string; readonly rate: number } {
  if (operation === 'write') return { name: 'writes', rate: WRITES_A_SECOND };
  const rates = RATES[service];
  return typeof rates === 'number' ? { name: `${service} any`, rate: rates } : { name: `${service} ${operation}`, rate: rates[operation] };
}

/** Accounts come and go; above this number of budgets, budgets in their initial state are dropped. */
const MAX_BUDGETS = 256;
/** A dropped account is proved again by the next answer. */
const PROVED = { total: 4_096, perOwner: 256 };

export class CallBudgets {
  readonly #clock: Clock;
  readonly #share: number;
  readonly #budgets = new Map<string, SharedBudget>();
  /** Accounts that AWS has proved. */
  readonly #proved = new SharedMap<IdentityKey, string>(PROVED);
  /** The same, by identity object. */
  readonly #owners = new WeakMap<Identity, string>();

  /**
   * `share`: the part of each rate that this process may use: the shards of an installation share the quotas of AWS. At most 1, and at least what leaves each
   * budget one call a second: of smaller parts, each would still make one call at a time, so that all together exceed the rate.
   */
  constructor(clock: Clock, share = 1) {
    if (!(share <= 1 && share * LOWEST_RATE >= 1))
      throw new RangeError(`a share is at most 1 and leaves each budget a call a second: not ${share}`);
    this.#clock = clock;
    this.#share = share;
  }

  /**
   * 0: the call may be made now, and is counted. Otherwise the milliseconds until the next try. `namespace`: the namespace of the call;
   * while a budget is short, namespaces take turns.
   */
  take(identity: Identity, operation: OperationClass, urgency: Urgency, namespace = ''): Ms {
    return this.#budget(identity, operation).take(namespace, urgency);
  }

  /** Counts a call that is made without a check of the budget. */
  spend(identity: Identity, operation: OperationClass): void {
    this.#budget(identity, operation).spend();
  }

  /** A counted call did not reach the service, because it had no credentials. */
  giveBack(identity: Identity, operation: OperationClass): void {
    this.#budget(identity, operation).giveBack();
  }

  /** AWS throttled a call that was made at `madeAt` (monotonic). */
  throttled(identity: Identity, operation: OperationClass, madeAt: number): void {
    this.#budget(identity, operation).throttled(madeAt);
  }

  /** A call that was made at `madeAt` (monotonic) has ended. Its first attempt was counted before. */
  tried(identity: Identity, operation: OperationClass, { attempts, throttled, account }: CallAttempts, madeAt: number): void {
    if (account !== undefined) this.#prove(identity, ownerByAccount(identity, account), operation);
    for (let further = 1; further < attempts; further += 1) this.spend(identity, operation);
    if (throttled > 0) this.throttled(identity, operation, madeAt);
  }

  /** An answer may prove the account, if the credentials do not contain it. */
  answered(requested: RequestedSecret, arn: string, operation: OperationClass): void {
    if (this.#ownerOf(requested.identity) !== undefined) return;
    const owner = ownerByAnswer(requested, arn);
    if (owner !== undefined) this.#prove(requested.identity, owner, operation);
  }

  /**
   * The account of the secret, if the ARN in the request names one, and it is not the proved account of the identity. Any user of an identity can name a secret
   * of any account.
   */
  foreignAccount(requested: RequestedSecret): string | undefined {
    const account = accountInRequest(requested);
    if (account === undefined) return undefined;
    return this.#ownerOf(requested.identity) === ownerByAccount(requested.identity, account) ? undefined : account;
  }

  /** Whether AWS has proved the account of the identity. Until then its budget is its own. */
  isProved(identity: Identity): boolean {
    return this.#ownerOf(identity) !== undefined;
  }

  /** Until now the identity had its own budget. The call that proved the account counts in the budget of the account. */
  #prove(identity: Identity, owner: string, operation: OperationClass): void {
    if (this.#ownerOf(identity) === owner) return;
    this.#proved.set(identityKey(identity), owner, identity.storeNamespace ?? '');
    this.#owners.set(identity, owner);
    this.spend(identity, operation);
  }

  #ownerOf(identity: Identity): string | undefined {
    const known = this.#owners.get(identity);
    if (known !== undefined) return known;
    const owner = this.#proved.get(identityKey(identity));
    if (owner !== undefined) this.#owners.set(identity, owner);
    return owner;
  }

  #budget(identity: Identity, operation: OperationClass): SharedBudget {
    const owner = this.#ownerOf(identity) ?? identityKey(identity);
    const { name, rate } = bucketOf(identity, operation);
    const key = `${name} ${owner}`;
    const known = this.#budgets.get(key);
    if (known !== undefined) return known;
    if (this.#budgets.size >= MAX_BUDGETS) for (const [other, budget] of this.#budgets) if (budget.isFull) this.#budgets.delete(other);
    const budget = new SharedBudget(this.#clock, this.#share * rate);
    this.#budgets.set(key, budget);
    return budget;
  }
}
