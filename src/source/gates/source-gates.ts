/** Whether AWS may be asked as an identity now: its own gate, and that of the service it reads from, which several identities close together. */
import type { Failure, Outcome } from '../../api/failure.ts';
import type { FailureReason } from '../../api/reasons.ts';
import type { Identity, IdentityKey } from '../../aws/identity.ts';
import type { Clock } from '../../base/clock.ts';
import type { ReferenceKey } from '../port.ts';
import { keyOfIdentity } from '../reference-key.ts';
import { Availability } from './availability.ts';
import { type Gate, Gates } from './gates.ts';
import { Outages, type ServiceKey, serviceKey } from './outages.ts';
import { type Verdict, verdictOn } from './verdict.ts';

export type GateKey = IdentityKey | ServiceKey;

const RETRY_SOON_MS = 10_000;
/** Failures that no person mends. */
const NOT_BY_PEOPLE: ReadonlySet<string> = new Set<FailureReason>(['Throttled', 'AWSUnavailable', 'KubernetesUnavailable']);

export interface SourceGatesOptions {
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** What `availability` gives has changed, for this identity or for all that read from this service. */
  readonly onTurn: (key: GateKey) => void;
}

export class SourceGates {
  readonly #identities: Gates<IdentityKey>;
  readonly #outages: Outages;
  readonly #availability: Availability<GateKey>;

  constructor({ clock, random, onTurn }: SourceGatesOptions) {
    this.#identities = new Gates(clock, random);
    this.#outages = new Outages({ clock, random, identities: this.#identities });
    this.#availability = new Availability({ clock, onTurn });
  }

  /** Takes note of how a call that was made at `madeAt` (monotonic) ended. */
  judge(identity: Identity, outcomes: ReadonlyMap<ReferenceKey, Outcome<unknown>>, madeAt: number): Verdict | undefined {
    const verdict = verdictOn(outcomes.values());
    const [own, service] = [keyOfIdentity(identity), serviceKey(identity)];
    if (verdict?.kind === 'service') {
      const troubles = this.#outages.struck({ identity, references: [...outcomes.keys()], failure: verdict.failure, madeAt });
      if (troubles.own !== undefined) this.#availability.failed(own, troubles.own);
      if (troubles.service !== undefined) this.#availability.failed(service, troubles.service);
    } else if (verdict?.kind === 'identity') {
      this.#availability.failed(own, this.#identities.failed(own, verdict.failure, madeAt));
    } else if (verdict?.kind === 'passed') {
      this.#identities.passed(own);
      this.#outages.passed(identity);
      this.#availability.passed(own);
      this.#availability.passed(service);
    }
    return verdict;
  }

  /** What keeps calls as this identity from being made now, if anything does. */
  closed(identity: Identity): Gate | undefined {
    const own = this.#identities.closed(keyOfIdentity(identity));
    const service = this.#outages.closed(serviceKey(identity));
    if (own === undefined || service === undefined) return own ?? service;
    return own.until > service.until ? own : service;
  }

  /**
   * For a person who has mended something and asks for a read: the gate of the identity may be tried ten seconds after its last failure. Not where AWS itself
   * asks for time or does not answer, and not the gate of a service, which is everybody's. Returns what is closed all the same.
   */
  retrySoon(identity: Identity): Gate | undefined {
    const own = keyOfIdentity(identity);
    const reason = this.#identities.closed(own)?.failure.reason;
    if (reason !== undefined && !NOT_BY_PEOPLE.has(reason)) this.#identities.retrySoon(own, RETRY_SOON_MS);
    return this.closed(identity);
  }

  /** What a call would be a probe of: all who share it wait for one. Undefined when nothing fails. */
  probed(identity: Identity): GateKey | undefined {
    const [own, service] = [keyOfIdentity(identity), serviceKey(identity)];
    if (this.#outages.isFailing(service)) return service;
    return this.#identities.isFailing(own) ? own : undefined;
  }

  /** Who goes first where one of several may try: the smaller, so that those who are well wait for nobody who is not. */
  turnOf(identity: Identity): number {
    return this.#outages.struckAt(identity) ?? -1;
  }

  /** What people are to be told: what keeps the identity from reading for a while now, or that it reads well. */
  availability(identity: Identity): Failure | 'well' | 'unknown' {
    const service = this.#availability.of(serviceKey(identity));
    return typeof service === 'object' ? service : this.#availability.of(keyOfIdentity(identity));
  }

  /** Monotonic time of the next `expire`, if there will be one. */
  get nextAt(): number | undefined {
    return this.#availability.nextAt;
  }

  /** Lets troubles that have stayed over be told as over. */
  expire(): void {
    this.#availability.expire();
  }

  /** How many identities and services are failing as a whole. */
  get failing(): { readonly identities: number; readonly services: number } {
    return { identities: this.#identities.size, services: this.#outages.size };
  }
}
