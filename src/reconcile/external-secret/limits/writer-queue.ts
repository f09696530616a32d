/**
 * Limits the ExternalSecrets that work on one target at the same time; their writes follow one after the other. Each write is planned from
 * the result of the last one, so no write fails with a conflict. Other writers use neither values nor a worker: they are enqueued when
 * there is capacity. The state is in memory: after a start every writer is reconciled.
 */
import type { Key } from '../../../base/key.ts';
import { Limit } from '../../../base/sharing/limit.ts';

/** Reconciles at the same time for one Secret: enough for batches of reads, and a fraction of the workers. */
const CAPACITY = 8;

interface Target {
  readonly key: Key;
  /** Keys of the ExternalSecrets in work. */
  readonly active: Set<Key>;
  /** Writers that were called and have not entered yet. Capacity is reserved for them. */
  readonly called: Set<Key>;
  /** In the order of arrival. */
  readonly waiting: Set<Key>;
  readonly writing: Limit;
}

export class WriterQueue {
  readonly #call: (writer: Key) => void;
  readonly #targets = new Map<Key, Target>();
  /** The target of an active, called or waiting writer. */
  readonly #targetOf = new Map<Key, Target>();

  /** `call`: queues the key of a writer that had to wait. */
  constructor(call: (writer: Key) => void) {
    this.#call = call;
  }

  /** Whether this reconcile of `writer` may read and write for `secret` now. If not, the reconcile ends, and the writer is called later. */
  enter(secret: Key, writer: Key): boolean {
    if (this.#targetOf.get(writer)?.key !== secret) this.leave(writer);
    const target = this.#target(secret);
    this.#targetOf.set(writer, target);
    const isCalled = target.called.delete(writer);
    if (!isCalled && target.active.size + target.called.size >= CAPACITY) {
      target.waiting.add(writer);
      return false;
    }
    target.waiting.delete(writer);
    target.active.add(writer);
    return true;
  }

  /**
   * Runs `work` when no other reconcile writes to the same Secret. Only for a writer that has entered. Rejects with the reason of the
   * signal if it aborts before.
   */
  write<T>(writer: Key, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const target = this.#targetOf.get(writer);
    if (target?.active.has(writer) !== true) throw new TypeError(`${writer} has not entered`);
    return target.writing.run(target.key, work, signal);
  }

  /** The reconcile of `writer` has ended. A waiting writer continues to wait. */
  ended(writer: Key): void {
    if (this.#targetOf.get(writer)?.waiting.has(writer) !== true) this.leave(writer);
  }

  /** `writer` was deleted, or has another target. */
  leave(writer: Key): void {
    const target = this.#targetOf.get(writer);
    if (target === undefined) return;
    this.#targetOf.delete(writer);
    for (const set of [target.active, target.called, target.waiting]) set.delete(writer);
    this.#fill(target);
  }

  #target(key: Key): Target {
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target: Target = { key, active: new Set(), called: new Set(), waiting: new Set(), writing: new Limit(1) };
    this.#targets.set(key, target);
    return target;
  }

  /** Calls the writers that have waited longest, while there is capacity. */
  #fill(target: Target): void {
    const { key, active, called, waiting } = target;
    for (const writer of waiting) {
      if (active.size + called.size >= CAPACITY) return;
      waiting.delete(writer);
      called.add(writer);
      this.#call(writer);
    }
    if (active.size + called.size === 0) this.#targets.delete(key);
  }
}
