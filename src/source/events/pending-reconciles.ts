/**
 * Tracks which dependants were notified and have not acted in a durable way since. A reconcile has acted when its result is recorded in the API, as content or
 * as a failure that the status shows. Until then, the notification must not be forgotten.
 */
import { untilAborted } from '../../base/waiting.ts';
import { type Ms, ms } from '../../base/clock.ts';
import type { DependantKey } from '../port.ts';

/** Notifications of one dependant that no recorded reconcile has answered. */
interface CallExecutor {
  /** Sequence number of the first of them. */
  readonly first: number;
  /** The earliest `since` of them. */
  readonly since: number;
}

interface Round {
  readonly began: number;
  settled: boolean;
  /** Notifications since its start: it may have read before them, so only a later reconcile answers them. */
  later: CallExecutor | undefined;
}

export class PendingReconciles {
  /** Notifications that the running reconcile, or else the next one, answers. */
  readonly #calls = new Map<DependantKey, CallExecutor>();
  readonly #running = new Map<DependantKey, Round>();
  /** Resolved at the next end of a reconcile of the key. */
  readonly #waiting = new Map<DependantKey, PromiseWithResolvers<void>>();
  readonly #expected = new Set<DependantKey>();
  readonly #caughtUp = Promise.withResolvers<void>();
  #order = 0;

  /** `known`: dependants that subscribe in their first reconcile. */
  constructor(known: Iterable<DependantKey>) {
    for (const key of known) this.#expected.add(key);
    if (this.#expected.size === 0) this.#caughtUp.resolve();
  }

  /** Resolves when each of the dependants known at the start has had a reconcile: before that, nobody knows which dependants a change concerns. */
  get whenCaughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** The dependant must reconcile. `since` (wall clock): when the read was due that has shown the change. */
  called(key: DependantKey, since: number = Number.POSITIVE_INFINITY): void {
    const call = { first: (this.#order += 1), since };
    const running = this.#running.get(key);
    if (running === undefined) this.#calls.set(key, joined(this.#calls.get(key), call));
    else running.later = joined(running.later, call);
  }

  /** The earliest `since` of a notification that is not answered. */
  get calledSince(): Ms | undefined {
    let since = Number.POSITIVE_INFINITY;
    for (const calls of this.#calls.values()) since = Math.min(since, calls.since);
    for (const { later } of this.#running.values()) since = Math.min(since, later?.since ?? since);
    return since === Number.POSITIVE_INFINITY ? undefined : ms(since);
  }

  began(key: DependantKey): void {
    this.#running.set(key, { began: (this.#order += 1), settled: false, later: undefined });
  }

  /** The result of the running reconcile is recorded in the API. Call it before the reconcile ends. */
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

  /** Resolves when all notifications of these dependants until now are answered, and all reconciles (of any dependant) that run now have ended. */
  async rest(keys: Iterable<DependantKey>, signal: AbortSignal): Promise<void> {
    const now = this.#order;
    const concerned = Array.from(new Set(keys), (key) => this.#restOf(key, () => this.#owes(key, now), signal));
    const underWay = Array.from(this.#running.keys(), (key) => this.#restOf(key, () => this.#runs(key, now), signal));
    // One listener for all: with a thousand waiting messages, a listener for each reconcile would make the signal slow.
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
