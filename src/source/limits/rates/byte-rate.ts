/**
 * Limits the bytes of values that are read for a namespace: per second, and at the same time. All namespaces share one event loop, and a namespace with many
 * large values would occupy it for most of the time with parsing. Values of ordinary size stay far below both limits. The size of an answer is not known
 * before it arrives; until then a reference counts with the usual size of the values of its namespace.
 */
import { LRUCache } from 'lru-cache';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import { type Rate, Rates } from '../../../base/sharing/rates.ts';
import type { Urgency } from '../budgets/shared-budget.ts';

const MIB = 1024 * 1024;
/** For one namespace, in bytes. A batch call answers 1.25 MiB at most, which takes about 10 ms of the event loop. */
const RATE: Rate = { burst: 32 * MIB, perSecond: 8 * MIB };
/** Larger than the bytes in flight while the size of values is unknown. */
const MAX_DEBT = ms(60_000);
/** Bytes that must be free for a call: refreshes leave half of the burst for values that a caller waits for. */
const FREE: Readonly<Record<Urgency, number>> = { wanted: 1, refresh: RATE.burst / 2 };
/**
 * While this number of bytes of a namespace is in flight, no further call starts. A process with little processor time never reaches the
 * rate; without this limit, large answers to refreshes would then delay values that a caller waits for.
 */
const UNDER_WAY: Readonly<Record<Urgency, number>> = { wanted: 4 * MIB, refresh: 2 * MIB };
/** Number of namespaces whose usual size is kept, and the minimum size that is kept. */
const MAX_KNOWN = 1_024;
const WORTH_KNOWING = 2_048;
/** Weight of the latest value in the usual size. */
const WEIGHT = 1 / 8;

export class ByteRate {
  readonly #rates: Rates<string>;
  /** Usual bytes of a value of the namespace. */
  readonly #usual = new LRUCache<string, number>({ max: MAX_KNOWN });
  readonly #underWay = new Map<string, number>();

  constructor(clock: Clock) {
    this.#rates = new Rates(clock);
  }

  /** Whether a call for the namespace may start now. If not, try again after `waitFor`, and when a call for the namespace has ended. */
  may(namespace: string, urgency: Urgency): boolean {
    return (this.#underWay.get(namespace) ?? 0) < UNDER_WAY[urgency] && this.waitFor(namespace, urgency) === 0;
  }

  /** The time until the rate permits the next call for the namespace; 0: now. */
  waitFor(namespace: string, urgency: Urgency): Ms {
    return ms(this.#rates.waitFor(namespace, RATE, FREE[urgency]));
  }

  /** A reference is read for the namespace now. Returns the bytes that it counts until its answer. */
  begin(namespace: string): number {
    const expected = this.#usual.get(namespace) ?? 0;
    if (expected === 0) return 0;
    this.#rates.charge(namespace, RATE, expected, MAX_DEBT);
    this.#add(namespace, expected);
    return expected;
  }

  /** The answer for the reference has arrived. `bytes` undefined: without a value. */
  end(namespace: string, expected: number, bytes: number | undefined): void {
    this.#add(namespace, -expected);
    const surplus = (bytes ?? 0) - expected;
    if (surplus > 0) this.#rates.charge(namespace, RATE, surplus, MAX_DEBT);
    else this.#rates.giveBack(namespace, RATE, -surplus);
    if (bytes === undefined) return;
    const before = this.#usual.get(namespace) ?? 0;
    const usual = Math.round(before + (bytes - before) * WEIGHT);
    if (usual >= WORTH_KNOWING) this.#usual.set(namespace, usual);
    else if (before > 0) this.#usual.delete(namespace);
  }

  #add(namespace: string, bytes: number): void {
    const sum = (this.#underWay.get(namespace) ?? 0) + bytes;
    if (sum === 0) this.#underWay.delete(namespace);
    else this.#underWay.set(namespace, sum);
  }
}
