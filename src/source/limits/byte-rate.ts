/**
 * How many bytes of values are read for a namespace: in a second, and at the same time. Values are parsed in the one event loop that all namespaces
 * share: who has many large ones would take it for most of the time. Values of ordinary size stay far below both. How large an answer is shows when it is
 * there: until then each reference counts as much as those of the same namespace did before.
 */
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { type Rate, Rates } from '../../base/rates.ts';
import type { Urgency } from './shared-budget.ts';

const MIB = 1024 * 1024;
/** Of one namespace, in bytes. A batch call answers 1.25 MiB at most, which takes some 10 ms of the event loop. */
const RATE: Rate = { burst: 32 * MIB, perSecond: 8 * MIB };
/** More than could be under way when the size of values was not known yet. */
const LONGEST_DEBT = ms(60_000);
/** So many bytes have to be free: refreshes leave half of the burst to those who wait for a value. */
const FREE: Readonly<Record<Urgency, number>> = { wanted: 1, refresh: RATE.burst / 2 };
/**
 * While so many bytes of a namespace are under way, no further call begins. Where the process gets little time the rate is never reached; then large
 * answers that nobody waits for would keep back those that somebody waits for.
 */
const UNDER_WAY: Readonly<Record<Urgency, number>> = { wanted: 4 * MIB, refresh: 2 * MIB };
/** Namespaces whose usual size is remembered, and the size that is worth it. */
const MOST_KNOWN = 1_024;
const WORTH_KNOWING = 2_048;
/** Weight of the latest value in the usual size. */
const WEIGHT = 1 / 8;

export class ByteRate {
  readonly #rates: Rates<string>;
  /** Bytes of a value of the namespace. */
  readonly #usual = new BoundedMap<string, number>(MOST_KNOWN);
  readonly #underWay = new Map<string, number>();

  constructor(clock: Clock) {
    this.#rates = new Rates(clock);
  }

  /** May a call for the namespace begin now? If not, ask again after `waitFor`, and when a call for the namespace has ended. */
  may(namespace: string, urgency: Urgency): boolean {
    return (this.#underWay.get(namespace) ?? 0) < UNDER_WAY[urgency] && this.waitFor(namespace, urgency) === 0;
  }

  /** How long the rate keeps back the next call for the namespace; 0: not at all. */
  waitFor(namespace: string, urgency: Urgency): Ms {
    return ms(this.#rates.waitFor(namespace, RATE, FREE[urgency]));
  }

  /** A reference is read for the namespace now. Gives the bytes that it counts until it has its answer. */
  begin(namespace: string): number {
    const expected = this.#usual.get(namespace) ?? 0;
    if (expected === 0) return 0;
    this.#rates.charge(namespace, RATE, expected, LONGEST_DEBT);
    this.#add(namespace, expected);
    return expected;
  }

  /** The reference has its answer, with so many bytes; undefined: with no value. */
  end(namespace: string, expected: number, bytes: number | undefined): void {
    this.#add(namespace, -expected);
    const surplus = (bytes ?? 0) - expected;
    if (surplus > 0) this.#rates.charge(namespace, RATE, surplus, LONGEST_DEBT);
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
