/**
 * The circuit breaker of a service in a region. It opens when several calls in a row, for many references, got no answer from the service, whoever
 * made them; then one probe at a time finds out whether it is back. A few secrets that AWS cannot answer for open nothing: they would keep all
 * others from being read, and cost little by themselves.
 */
import type { Failure } from '../../api/failure.ts';
import type { Identity } from '../../aws/identity.ts';
import type { Clock } from '../../base/clock.ts';
import type { ReferenceKey } from '../port.ts';
import { type Gate, Gates } from './gates.ts';

export type ServiceKey = string & { readonly __noun: 'service in a region' };

/** Without an answer in between. */
const CALLS_TO_OPEN = 5;
const REFERENCES_TO_OPEN = 10;
/** So few are an outage to people, who have no more of them. */
const REFERENCES_TO_TELL = 3;

interface Run {
  calls: number;
  /** As few of them as it takes to decide. */
  readonly references: Set<ReferenceKey>;
}

export function serviceKey({ service, region }: Identity): ServiceKey {
  return `${service} in ${region}` as ServiceKey;
}

export class Outages {
  readonly #gates: Gates<ServiceKey>;
  readonly #runs = new Map<ServiceKey, Run>();

  constructor(clock: Clock, random: () => number) {
    this.#gates = new Gates(clock, random);
  }

  /** A call for these references was made at `madeAt` and got no answer. Gives what people are to be told, once it is an outage. */
  struck(
    key: ServiceKey,
    references: Iterable<ReferenceKey>,
    failure: Failure,
    madeAt: number,
  ): Pick<Gate, 'failure' | 'failures'> | undefined {
    const run = this.#runs.get(key) ?? { calls: 0, references: new Set() };
    this.#runs.set(key, run);
    run.calls += 1;
    for (const reference of references) {
      if (run.references.size >= REFERENCES_TO_OPEN) break;
      run.references.add(reference);
    }
    if (run.calls < CALLS_TO_OPEN || run.references.size < REFERENCES_TO_TELL) return undefined;
    if (run.references.size >= REFERENCES_TO_OPEN) return this.#gates.failed(key, failure, madeAt);
    return { failure, failures: run.calls - CALLS_TO_OPEN + 1 };
  }

  passed(key: ServiceKey): void {
    this.#runs.delete(key);
    this.#gates.passed(key);
  }

  isFailing(key: ServiceKey): boolean {
    return this.#gates.isFailing(key);
  }

  closed(key: ServiceKey): Gate | undefined {
    return this.#gates.closed(key);
  }

  get size(): number {
    return this.#gates.size;
  }
}
