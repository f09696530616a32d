/**
 * Tracks dependants that were notified and whose result is not recorded yet. A result is recorded when it is in the API, as content or as a
 * failure in the status. Until then, the notification must be kept.
 */
import { untilAborted } from '../../base/waiting.ts';
import { type Ms, ms } from '../../base/time/clock.ts';
import type { DependantKey } from '../port.ts';

/** Notifications of one dependant without a recorded reconcile. */
interface Notifications {
  /** Sequence number of the first one. */
  readonly first: number;
  /** The earliest `since`. */
  readonly since: number;
}

interface RunningReconcile {
  readonly startedAt: number;
  isRecorded: boolean;
  /** Notifications since its start. It may have read before them, so only a later reconcile handles them. */
  sinceStart: Notifications | undefined;
}

export class PendingReconciles {
  /** Notifications that the running reconcile, or else the next one, handles. */
  readonly #notified = new Map<DependantKey, Notifications>();
  readonly #running = new Map<DependantKey, RunningReconcile>();
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

  /**
   * Resolves when each dependant that was known at the start has had a reconcile. Before that, the dependants of a change are not known.
   */
  get whenCaughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** The dependant must reconcile. `since` (wall clock): due time of the read that showed the change. */
  notified(key: DependantKey, since: number = Number.POSITIVE_INFINITY): void {
    const notification = { first: (this.#order += 1), since };
    const running = this.#running.get(key);
    if (running === undefined) this.#notified.set(key, merged(this.#notified.get(key), notification));
    else running.sinceStart = merged(running.sinceStart, notification);
  }

  /** The earliest `since` of a notification without a recorded reconcile. */
  get notifiedSince(): Ms | undefined {
    let since = Number.POSITIVE_INFINITY;
    for (const notifications of this.#notified.values()) since = Math.min(since, notifications.since);
    for (const { sinceStart } of this.#running.values()) since = Math.min(since, sinceStart?.since ?? since);
    return since === Number.POSITIVE_INFINITY ? undefined : ms(since);
  }

  started(key: DependantKey): void {
    this.#running.set(key, { startedAt: (this.#order += 1), isRecorded: false, sinceStart: undefined });
  }

  /** The result of the running reconcile is recorded in the API. Call this before the reconcile ends. */
  recorded(key: DependantKey): void {
    const reconcile = this.#running.get(key);
    if (reconcile !== undefined) reconcile.isRecorded = true;
  }

  ended(key: DependantKey): void {
    const reconcile = this.#running.get(key);
    this.#running.delete(key);
    if (reconcile?.isRecorded === true) this.#notified.delete(key);
    if (reconcile?.sinceStart !== undefined) this.#notified.set(key, merged(this.#notified.get(key), reconcile.sinceStart));
    this.#waiting.get(key)?.resolve();
    this.#waiting.delete(key);
    if (this.#expected.delete(key) && this.#expected.size === 0) this.#caughtUp.resolve();
  }

  /**
   * Resolves when all notifications of these dependants until now are handled, and all running reconciles (of any dependant) have ended.
   */
  async whenHandled(keys: Iterable<DependantKey>, signal: AbortSignal): Promise<void> {
    const now = this.#order;
    const concerned = Array.from(new Set(keys), (key) => this.#whenIdle(key, () => this.#isPending(key, now), signal));
    const running = Array.from(this.#running.keys(), (key) => this.#whenIdle(key, () => this.#isRunning(key, now), signal));
    // One listener for all, because with a thousand waiting messages a listener for each reconcile would make the signal slow.
    await untilAborted(Promise.all([...concerned, ...running]), signal);
  }

  async #whenIdle(key: DependantKey, isBusy: () => boolean, signal: AbortSignal): Promise<void> {
    while (isBusy() && !signal.aborted) {
      const waiting = this.#waiting.get(key) ?? Promise.withResolvers<void>();
      this.#waiting.set(key, waiting);
      await waiting.promise;
    }
  }

  #isPending(key: DependantKey, before: number): boolean {
    const notifications = this.#notified.get(key);
    return (notifications !== undefined && notifications.first <= before) || this.#isRunning(key, before);
  }

  #isRunning(key: DependantKey, before: number): boolean {
    const running = this.#running.get(key);
    return running !== undefined && running.startedAt <= before;
  }
}

function merged(earlier: Notifications | undefined, later: Notifications): Notifications {
  return earlier === undefined ? later : { first: earlier.first, since: Math.min(earlier.since, later.since) };
}
