/**
 * Which dependants have been called and not yet acted in a way that lasts. A round is one reconcile; it settles when what it found is recorded in
 * the API, as content or as a failure that is shown. Only then may that be forgotten what the dependant was called for.
 */
import { untilAborted } from '../../base/waiting.ts';
import { type Ms, ms } from '../../base/clock.ts';
import type { DependantKey } from '../port.ts';

/** Calls of one dependant that no settled round has answered. */
interface CallExecutor {
  /** Order of the first of them. */
  readonly first: number;
  /** The earliest time that one of them was made with. */
  readonly since: number;
}

interface Round {
  readonly began: number;
  settled: boolean;
  /** Calls that came since it began: it may have read before them, so that only a later round answers them. */
  later: CallExecutor | undefined;
}

export class PendingReconciles {
  /** Calls that the round under way, or else the next one, answers. */
  readonly #calls = new Map<DependantKey, CallExecutor>();
  readonly #running = new Map<DependantKey, Round>();
  /** Those who wait for the next end of a round of this key. */
  readonly #waiting = new Map<DependantKey, PromiseWithResolvers<void>>();
  readonly #expected = new Set<DependantKey>();
  readonly #caughtUp = Promise.withResolvers<void>();
  #order = 0;

  /** `known`: dependants that subscribe in their first round. */
  constructor(known: Iterable<DependantKey>) {
    for (const key of known) this.#expected.add(key);
    if (this.#expected.size === 0) this.#caughtUp.resolve();
  }

  /** Resolves when each of the dependants known at the start has had a round: until then nobody can say whom a change concerns. */
  get whenCaughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** The dependant has to look again. `since` (wall clock): when that was due which has shown it. */
  called(key: DependantKey, since: number = Number.POSITIVE_INFINITY): void {
    const call = { first: (this.#order += 1), since };
    const running = this.#running.get(key);
    if (running === undefined) this.#calls.set(key, joined(this.#calls.get(key), call));
    else running.later = joined(running.later, call);
  }

  /** The earliest time that somebody was called with who has not acted since in a way that lasts. */
  get calledSince(): Ms | undefined {
    let since = Number.POSITIVE_INFINITY;
    for (const calls of this.#calls.values()) since = Math.min(since, calls.since);
    for (const { later } of this.#running.values()) since = Math.min(since, later?.since ?? since);
    return since === Number.POSITIVE_INFINITY ? undefined : ms(since);
  }

  began(key: DependantKey): void {
    this.#running.set(key, { began: (this.#order += 1), settled: false, later: undefined });
  }

  /** In the round under way, and before it ends. */
  settled(key: DependantKey): void {
    const round = this.#running.get(key);
    if (round !== undefined) round.settled = true;
  }

  ended(key: DependantKey): void {
    const round = this.#running.get(key);
    this.#running.delete(key);
    if (round?.settled === true) this.#calls.delete(key);
    if (round?.later !== undefined) this.#calls.set(key, joined(this.#calls.get(key), round.later));
    this.#waiting.get(key)?.resolve();
    this.#waiting.delete(key);
    if (this.#expected.delete(key) && this.#expected.size === 0) this.#caughtUp.resolve();
  }

  /** Resolves when what these were called for until now lasts, and with it what the rounds under way now (of anybody) are about to do. */
  async rest(keys: Iterable<DependantKey>, signal: AbortSignal): Promise<void> {
    const now = this.#order;
    const concerned = Array.from(new Set(keys), (key) => this.#restOf(key, () => this.#owes(key, now), signal));
    const underWay = Array.from(this.#running.keys(), (key) => this.#restOf(key, () => this.#runs(key, now), signal));
    // One listener for all: a thousand messages that wait for each of the rounds would take the signal seconds to look through.
    await untilAborted(Promise.all([...concerned, ...underWay]), signal);
  }

  async #restOf(key: DependantKey, isBusy: () => boolean, signal: AbortSignal): Promise<void> {
    while (isBusy() && !signal.aborted) {
      const waiting = this.#waiting.get(key) ?? Promise.withResolvers<void>();
      this.#waiting.set(key, waiting);
      await waiting.promise;
    }
  }

  #owes(key: DependantKey, before: number): boolean {
    const calls = this.#calls.get(key);
    return (calls !== undefined && calls.first <= before) || this.#runs(key, before);
  }

  #runs(key: DependantKey, before: number): boolean {
    const running = this.#running.get(key);
    return running !== undefined && running.began <= before;
  }
}

function joined(earlier: CallExecutor | undefined, later: CallExecutor): CallExecutor {
  return earlier === undefined ? later : { first: earlier.first, since: Math.min(earlier.since, later.since) };
}
