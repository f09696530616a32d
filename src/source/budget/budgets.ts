/**
 * How many calls a second each account is asked in each region, by operation where AWS counts so: well below AWS's own quotas, which the account's
 * other callers live from, too. A refresh leaves a reserve, so that reads that somebody waits for go first.
 */
import { BoundedMap } from '../../aws/bounded-map.ts';
import type { Identity, IdentityKey } from '../../aws/identity.ts';
import type { Tries } from '../../aws/port.ts';
import type { Clock, Ms } from '../../base/clock.ts';
import { keyOfIdentity } from '../reference-key.ts';
import { type Asked, ownerByAnswer, ownerByRole } from './quota-owner.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Calls a second. AWS allows 100 BatchGetSecretValue, 100 ListSecrets and 10,000 GetSecretValue
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html); of Parameter Store by default 40 calls of GetParameter,
 * GetParameters and GetParametersByPath together (docs/aws-parameter-store.md), so that all of them share one bucket. A bucket that is full lets two
 * seconds' worth through within one: half of a quota is the most.
 */
const RATES = {
  SecretsManager: { batch: 40, single: 400, list: 20 },
  ParameterStore: 20,
} as const satisfies Record<Identity['service'], Readonly<Record<OperationClass, number>> | number>;

export type OperationClass = 'batch' | 'single' | 'list';

/** `wanted`: somebody waits for the value. */
export type Urgency = 'wanted' | 'refresh';

/** Of a second's worth of calls. */
const RESERVE_FOR_WANTED = 0.25;
/** Accounts come and go; beyond so many buckets those that hold nothing worth keeping are dropped. */
const SWEEP_ABOVE = 256;
/** What is forgotten shows with the next answer. */
const MAX_SHOWN = 1_024;

export class Budgets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #owners = new WeakMap<Identity, string>();
  /** Of identities whose account answers have shown. */
  readonly #shown = new BoundedMap<IdentityKey, string>(MAX_SHOWN);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0: the call may be made now, and is counted. Else how many milliseconds to wait before it's worth to ask again. */
  take(identity: Identity, operation: OperationClass, urgency: Urgency): Ms {
    return this.#bucket(identity, operation).take(urgency === 'wanted' ? 0 : RESERVE_FOR_WANTED);
  }

  /** Counts a call that is made whatever is left. */
  spend(identity: Identity, operation: OperationClass): void {
    this.#bucket(identity, operation).spend();
  }

  /** AWS throttled a call that was made at `madeAt` (monotonic). */
  throttled(identity: Identity, operation: OperationClass, madeAt: number): void {
    this.#bucket(identity, operation).throttled(madeAt);
  }

  /** A call that was made at `madeAt` (monotonic), and of which one try was counted before, has ended. */
  tried(identity: Identity, operation: OperationClass, { attempts, throttled }: Tries, madeAt: number): void {
    for (let further = 1; further < attempts; further += 1) this.spend(identity, operation);
    if (throttled > 0) this.throttled(identity, operation, madeAt);
  }

  /**
   * An answer may show whose quota is used up: until then an identity without a role has a budget to itself, though others may share its account.
   * `caller`: the account of the credentials, where they tell it.
   */
  answered(asked: Asked, arn: string, caller: string | undefined): void {
    const { identity } = asked;
    if (this.#known(identity) !== undefined) return;
    const owner = ownerByAnswer(asked, arn, caller);
    if (owner !== undefined) this.#shown.set(keyOfIdentity(identity), owner);
  }

  #known(identity: Identity): string | undefined {
    const known = this.#owners.get(identity);
    if (known !== undefined) return known;
    const owner = ownerByRole(identity) ?? this.#shown.get(keyOfIdentity(identity));
    if (owner !== undefined) this.#owners.set(identity, owner);
    return owner;
  }

  #bucket(identity: Identity, operation: OperationClass): TokenBucket {
    const owner = this.#known(identity) ?? keyOfIdentity(identity);
    const rates = RATES[identity.service];
    const key = `${identity.service} ${typeof rates === 'number' ? 'any' : operation} ${owner}`;
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= SWEEP_ABOVE) for (const [other, bucket] of this.#buckets) if (bucket.isFull) this.#buckets.delete(other);
    const bucket = new TokenBucket(this.#clock, typeof rates === 'number' ? rates : rates[operation]);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
