/**
 * The circuit breakers of the engine: one for each identity, one for each foreign account whose secrets it reads, and one for each service, which failures of
 * several identities open.
 */
import type { Failure, Outcome } from '../../../failure/failure.ts';
import type { FailureReason } from '../../../failure/reasons.ts';
import { type Identity, type IdentityKey, identityKey } from '../../../aws/credentials/identity.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import type { ReferenceKey } from '../../port.ts';
import type { RequestedSecret } from '../budgets/quota-owner.ts';
import { Availability } from './availability.ts';
import { type OpenBreaker, CircuitBreakers } from './circuit-breakers.ts';
import { Outages, type ServiceKey, serviceKey, serviceKeyFor, type UnansweredCall } from './outages.ts';
import { type CallResult, callResultOf } from './call-result.ts';
import { ForeignAccountBreakers, type ForeignAccountOf, type ForeignAccounts } from './foreign-accounts.ts';

export type BreakerKey = IdentityKey | ServiceKey;

const RETRY_SOON_MS = 10_000;
/** Failures that no person can repair. */
const NOT_REPAIRED_BY_PEOPLE: ReadonlySet<string> = new Set<FailureReason>(['Throttled', 'AWSUnavailable', 'KubernetesUnavailable']);
const MAX_KNOWN = { total: 4_096 };
const NO_NAMESPACES: ReadonlySet<string> = new Set();
const NO_ACCOUNTS: ForeignAccounts = new Map();

export interface SourceBreakersOptions {
  readonly clock: Clock;
  /** Returns a number in [0, 1), for jitter. */
  readonly random: () => number;
  /** The result of `availability` has changed, for this identity or for all identities that read from this service. */
  readonly onChange: (key: BreakerKey) => void;
  /** By default, all accounts are the identity's own. */
  readonly foreignAccountOf?: ForeignAccountOf;
}

export class SourceBreakers {
  readonly #identities: CircuitBreakers<IdentityKey>;
  readonly #outages: Outages;
  readonly #foreign: ForeignAccountBreakers;
  readonly #availability: Availability<BreakerKey>;
  /** The only namespace that calls were made for as this identity; '' for several. */
  readonly #users = new SharedMap<IdentityKey, string>(MAX_KNOWN);
  #usersChanged = 0;

  constructor({ clock, random, onChange, foreignAccountOf = () => undefined }: SourceBreakersOptions) {
    this.#identities = new CircuitBreakers(clock, random);
    this.#outages = new Outages({ clock, random, identities: this.#identities });
    this.#foreign = new ForeignAccountBreakers(clock, random, foreignAccountOf);
    this.#availability = new Availability({ clock, onChange });
  }

  /** Records the result of a call that was made at `madeAt` (monotonic) for these namespaces. '' is an unknown namespace. */
  recordCall(
    identity: Identity,
    outcomes: ReadonlyMap<ReferenceKey, Outcome<unknown>>,
    madeAt: number,
    madeFor: ReadonlySet<string> = NO_NAMESPACES,
    accounts: ForeignAccounts = NO_ACCOUNTS,
  ): CallResult | undefined {
    const own = identityKey(identity);
    const owner = identity.storeNamespace;
    const namespaces = this.#recordUsers(identity, madeFor);
    const [namespace = owner] = namespaces;
    const telling = this.#foreign.record({ identity, accounts, madeAt, owner: namespace }, outcomes);
    const callResult = callResultOf(identity, telling.values());
    if (callResult?.kind === 'service') {
      this.#unanswered({ identity, references: [...outcomes.keys()], failure: callResult.failure, madeAt, namespaces });
    } else if (callResult?.kind === 'identity') {
      this.#availability.failed(own, this.#identities.failed(own, { failure: callResult.failure, madeAt, owner }), owner);
    } else if (callResult?.kind === 'passed') {
      this.#passed(identity, namespaces);
    }
    return callResult;
  }

  /** The open breaker that stops calls with this identity, if any: for this namespace, or for the only namespace that uses the identity. */
  openBreaker(identity: Identity, namespace?: string): OpenBreaker | undefined {
    const user = namespace ?? this.#onlyUser(identity);
    const own = this.#identities.openBreaker(identityKey(identity));
    const breakers = [
      own !== undefined && concerns(own, user) ? own : undefined,
      this.#outages.openBreaker(serviceKey(identity)),
      user === undefined ? undefined : this.#outages.openBreaker(serviceKeyFor(identity, user)),
    ];
    let latest: OpenBreaker | undefined;
    for (const breaker of breakers) if (breaker !== undefined && breaker.until > (latest?.until ?? 0)) latest = breaker;
    return latest;
  }

  /** The open breaker that stops reads of this secret: that of its identity, or that of its foreign account. */
  openBreakerOf(requested: RequestedSecret, namespace?: string): OpenBreaker | undefined {
    const [own, foreign] = [this.openBreaker(requested.identity, namespace), this.#foreign.openBreaker(requested)];
    return (own?.until ?? 0) >= (foreign?.until ?? 0) ? own : foreign;
  }

  /**
   * For a person who has repaired a fault and requests a read: the breaker of the identity permits a probe ten seconds after its last
   * failure. Not if AWS throttles or does not answer, and not for the breaker of a service, which all identities share. Returns the breaker
   * that is still open.
   */
  retrySoon(identity: Identity): OpenBreaker | undefined {
    const own = identityKey(identity);
    const reason = this.#identities.openBreaker(own)?.failure.reason;
    if (reason !== undefined && !NOT_REPAIRED_BY_PEOPLE.has(reason)) this.#identities.retrySoon(own, RETRY_SOON_MS);
    return this.openBreaker(identity);
  }

  /** The key that a call would probe: all identities with the same key wait for one probe. Undefined without a failure. */
  probed(identity: Identity): BreakerKey | undefined {
    const [user, own, service] = [this.#onlyUser(identity), identityKey(identity), serviceKey(identity)];
    if (this.#outages.isFailing(service)) return service;
    if (user !== undefined && this.#outages.isFailing(serviceKeyFor(identity, user))) return serviceKeyFor(identity, user);
    const breaker = this.#identities.of(own);
    return breaker !== undefined && concerns(breaker, user) ? own : undefined;
  }

  /** Whether the availability of this key is part of the availability of the identity. */
  isAbout(key: BreakerKey, identity: Identity): boolean {
    return key === identityKey(identity) || this.#servicesOf(identity).includes(key as ServiceKey);
  }

  /** Order of identities for a probe, the smaller first, so that a healthy identity does not wait for a failing one. */
  probeOrder(identity: Identity): number {
    return this.#outages.unansweredAt(identity) ?? -1;
  }

  /** The availability for the status: the failure that stops reads with this identity, or 'available'. */
  availability(identity: Identity): Failure | 'available' | 'unknown' {
    for (const key of this.#servicesOf(identity)) {
      const service = this.#availability.of(key);
      if (typeof service === 'object') return service;
    }
    return this.#availability.of(identityKey(identity));
  }

  /** Monotonic time of the next `expire`, if there is one. */
  get nextAt(): number | undefined {
    return this.#availability.nextAt;
  }

  /** Ends failures after a stable time. */
  expire(): void {
    this.#availability.expire();
  }

  /** Grows whenever reads may be permitted earlier than before. */
  get relieved(): number {
    return this.#identities.relieved + this.#outages.relieved + this.#usersChanged;
  }

  /** Number of identities and services that fail as a whole. */
  get failing(): { readonly identities: number; readonly services: number } {
    return { identities: this.#identities.size, services: this.#outages.size };
  }

  #unanswered(call: UnansweredCall): void {
    const owner = call.identity.storeNamespace;
    const shown = this.#outages.unanswered(call);
    if (shown.own !== undefined) this.#availability.failed(identityKey(call.identity), shown.own, owner);
    for (const [key, failure] of shown.services) this.#availability.failed(key, failure, owner);
  }

  #passed(identity: Identity, namespaces: ReadonlySet<string>): void {
    const [own, owner] = [identityKey(identity), identity.storeNamespace];
    this.#identities.passed(own);
    this.#outages.passed(identity, namespaces);
    this.#availability.passed(own, owner);
    this.#availability.passed(serviceKey(identity), owner);
    for (const namespace of namespaces) {
      const key = serviceKeyFor(identity, namespace);
      if (typeof this.#availability.of(key) === 'object') this.#availability.passed(key, namespace);
    }
  }

  /** The known namespaces. Without any, the namespace of the store. */
  #recordUsers(identity: Identity, madeFor: ReadonlySet<string>): ReadonlySet<string> {
    const { storeNamespace } = identity;
    const named = new Set([...madeFor].filter((namespace) => namespace !== ''));
    const namespaces = named.size === 0 && storeNamespace !== undefined ? new Set([storeNamespace]) : named;
    const key = identityKey(identity);
    const before = this.#users.get(key);
    let user = before;
    for (const namespace of namespaces) user = user === undefined || user === namespace ? namespace : '';
    // A breaker for one namespace alone does not concern an identity that others use.
    if (user !== (before ?? storeNamespace)) this.#usersChanged += 1;
    if (user !== undefined) this.#users.set(key, user, storeNamespace);
    return namespaces;
  }

  /** Undefined: no namespace is known, or there are several. */
  #onlyUser(identity: Identity): string | undefined {
    const user = this.#users.get(identityKey(identity)) ?? identity.storeNamespace;
    return user === '' ? undefined : user;
  }

  #servicesOf(identity: Identity): readonly ServiceKey[] {
    const user = this.#onlyUser(identity);
    return user === undefined ? [serviceKey(identity)] : [serviceKey(identity), serviceKeyFor(identity, user)];
  }
}

/** A breaker that failures of one namespace alone have opened is open for that namespace only. */
function concerns({ only }: OpenBreaker, namespace: string | undefined): boolean {
  return only === undefined || only === namespace;
}
