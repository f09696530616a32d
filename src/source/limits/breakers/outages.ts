/**
 * The circuit breakers for calls without an answer. The breaker of an identity opens after several calls in a row, for many references,
 * without an answer. The breaker of its service in the region opens when several identities fail in this way and no call is answered in
 * between; then one probe at a time checks whether the service is available. Only failures of several namespaces count for the service:
 * failures of one namespace open a breaker for that namespace, and failures of one identity for that identity. A few secrets that AWS
 * cannot answer open no breaker: an open breaker would stop all other reads, and the few failing calls cost little.
 */
import type { Failure } from '../../../failure/failure.ts';
import { type Identity, type IdentityKey, identityKey } from '../../../aws/credentials/identity.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import type { ReferenceKey } from '../../port.ts';
import { FORGET_EVERY_MS, FORGET_MS, type OpenBreaker, CircuitBreakers } from './circuit-breakers.ts';

export type ServiceKey = string & { readonly __noun: 'service in a region' };

/** Consecutive calls without an answer. */
const CALLS_TO_OPEN = 5;
const REFERENCES_TO_OPEN = 10;
const IDENTITIES_TO_OPEN = 2;
const NAMESPACES_TO_OPEN = 2;
const MAX_RUNS = { total: 4_096 };
/** Number of references from which the status shows an outage: some users have no more references. */
const REFERENCES_TO_SHOW = 3;

/** Consecutive calls without an answer, of one identity or of all identities of a service. */
interface Run {
  calls: number;
  /** Only as many as the decision needs. The same is true of `identities`. */
  readonly references: Set<ReferenceKey>;
  readonly identities: Set<IdentityKey>;
  /** Namespaces of the calls. */
  readonly namespaces: Set<string>;
  /** Monotonic times of the first and the last call. */
  readonly since: number;
  at: number;
}

export type ShownFailure = Pick<OpenBreaker, 'failure' | 'failures'>;

export interface UnansweredCall {
  readonly identity: Identity;
  readonly references: readonly ReferenceKey[];
  readonly failure: Failure;
  /** Monotonic. */
  readonly madeAt: number;
  /** Known namespaces of the call. */
  readonly namespaces: ReadonlySet<string>;
}

export interface OutagesOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** The breakers of identities. Other failures open them too. */
  readonly identities: CircuitBreakers<IdentityKey>;
}

export function serviceKey({ service, region }: Identity): ServiceKey {
  return `${service} in ${region}` as ServiceKey;
}

/** The service for one namespace only. A namespace has no space in its name. */
export function serviceKeyFor(identity: Identity, namespace: string): ServiceKey {
  return `${serviceKey(identity)} for ${namespace}` as ServiceKey;
}

export class Outages {
  readonly #clock: Clock;
  readonly #identities: CircuitBreakers<IdentityKey>;
  readonly #services: CircuitBreakers<ServiceKey>;
  readonly #alone = new SharedMap<IdentityKey, Run>(MAX_RUNS);
  readonly #together = new SharedMap<ServiceKey, Run>(MAX_RUNS);
  /** When a call was last answered (monotonic). */
  readonly #answeredAt = new SharedMap<ServiceKey, number>(MAX_RUNS);

  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, random, identities }: OutagesOptions) {
    this.#clock = clock;
    this.#identities = identities;
    this.#services = new CircuitBreakers(clock, random);
  }

  /** A call got no answer. If it is an outage, returns the failures that the status shows for the identity and for its service. */
  unanswered(call: UnansweredCall): { readonly own: ShownFailure | undefined; readonly services: ReadonlyMap<ServiceKey, ShownFailure> } {
    const [own, service] = [identityKey(call.identity), serviceKey(call.identity)];
    this.#forget();
    const alone = this.#count(this.#alone, own, call, call.identity.storeNamespace);
    // An identity that was failing before another one was answered proves no outage of the service.
    const isSinceLastAnswer = alone.since > (this.#answeredAt.get(service) ?? Number.NEGATIVE_INFINITY);
    return { own: this.#ownFailure(own, alone, call), services: this.#serviceFailures(call, isSinceLastAnswer) };
  }

  /** A call for these namespaces was answered. */
  passed(identity: Identity, namespaces: ReadonlySet<string>): void {
    const service = serviceKey(identity);
    this.#alone.delete(identityKey(identity));
    for (const key of [service, ...Array.from(namespaces, (namespace) => serviceKeyFor(identity, namespace))]) {
      this.#together.delete(key);
      this.#services.passed(key);
    }
    this.#answeredAt.set(service, this.#clock.monotonic(), identity.storeNamespace);
  }

  /** Monotonic time of the last call without an answer. Undefined if the last call was answered, or none was made. */
  unansweredAt(identity: Identity): number | undefined {
    return this.#alone.get(identityKey(identity))?.at;
  }

  isFailing(key: ServiceKey): boolean {
    return this.#services.isFailing(key);
  }

  openBreaker(key: ServiceKey): OpenBreaker | undefined {
    return this.#services.openBreaker(key);
  }

  get relieved(): number {
    return this.#services.relieved;
  }

  get size(): number {
    return this.#services.size;
  }

  #count<K extends string>(
    runs: SharedMap<K, Run>,
    key: K,
    { identity, references, namespaces }: UnansweredCall,
    owner: string | undefined,
  ): Run {
    const now = this.#clock.monotonic();
    const run = runs.get(key) ?? { calls: 0, references: new Set(), identities: new Set(), namespaces: new Set(), since: now, at: now };
    runs.set(key, run, owner);
    for (const namespace of namespaces) if (run.namespaces.size < NAMESPACES_TO_OPEN) run.namespaces.add(namespace);
    run.calls += 1;
    run.at = now;
    for (const reference of references) {
      if (run.references.size >= REFERENCES_TO_OPEN) break;
      run.references.add(reference);
    }
    if (run.identities.size < IDENTITIES_TO_OPEN) run.identities.add(identityKey(identity));
    return run;
  }

  #ownFailure(key: IdentityKey, run: Run, { identity, failure, madeAt }: UnansweredCall): ShownFailure | undefined {
    if (run.calls < CALLS_TO_OPEN || run.references.size < REFERENCES_TO_SHOW) return undefined;
    const [only] = run.namespaces.size < NAMESPACES_TO_OPEN ? run.namespaces : [];
    if (run.references.size >= REFERENCES_TO_OPEN)
      return this.#identities.failed(key, { failure, madeAt, only, owner: identity.storeNamespace });
    return { failure, failures: run.calls - CALLS_TO_OPEN + 1 };
  }

  /** The failure of the service for all namespaces, or else for the namespaces of the call. */
  #serviceFailures(call: UnansweredCall, isSinceLastAnswer: boolean): ReadonlyMap<ServiceKey, ShownFailure> {
    const { identity, failure, madeAt, namespaces } = call;
    const service = serviceKey(identity);
    const together = isSinceLastAnswer ? this.#count(this.#together, service, call, '') : undefined;
    if ((isOutage(together) && together.namespaces.size >= NAMESPACES_TO_OPEN) || this.#services.isFailing(service)) {
      for (const namespace of namespaces) this.#services.passed(serviceKeyFor(identity, namespace));
      return new Map([[service, this.#services.failed(service, { failure, madeAt })]]);
    }
    const shown = new Map<ServiceKey, ShownFailure>();
    for (const namespace of namespaces) {
      const key = serviceKeyFor(identity, namespace);
      const run = isSinceLastAnswer ? this.#count(this.#together, key, call, namespace) : undefined;
      if (isOutage(run) || this.#services.isFailing(key))
        shown.set(key, this.#services.failed(key, { failure, madeAt, only: namespace, owner: namespace }));
    }
    return shown;
  }

  /** Drops runs that have not grown for a long time: they prove no present outage, and identities change over time. */
  #forget(): void {
    const now = this.#clock.monotonic();
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    for (const [key, { at }] of this.#alone) if (now - at > FORGET_MS) this.#alone.delete(key);
    for (const [key, { at }] of this.#together) if (now - at > FORGET_MS) this.#together.delete(key);
  }
}

function isOutage(run: Run | undefined): run is Run {
  return (
    run !== undefined &&
    run.calls >= CALLS_TO_OPEN &&
    run.references.size >= REFERENCES_TO_OPEN &&
    run.identities.size >= IDENTITIES_TO_OPEN
  );
}
