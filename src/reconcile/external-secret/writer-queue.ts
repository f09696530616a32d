/**
 * Rounds that write to the same Secret. Of all ExternalSecrets that name one target, few work on it at once, and these write one after the other: each
 * plans by what the last one has left, so that none of them is refused because of another. The rest hold neither values nor a worker: they are called
 * when a place is free. Kept in memory only: after a start all of them have a round anyway.
 */
import type { Key } from '../../base/key.ts';
import { Limit } from '../../base/limit.ts';

/** Rounds on one Secret: enough to read AWS in batches, and a fraction of the workers. */
const PLACES = 8;

interface Target {
  readonly key: Key;
  /** Rounds that have a place, by the key of their ExternalSecret. */
  readonly placed: Set<Key>;
  /** Those that were called and have not come yet: their places are kept. */
  readonly called: Set<Key>;
  /** The one that has waited longest is the first. */
  readonly waiting: Set<Key>;
  readonly writing: Limit;
}

export class WriterQueue {
  readonly #call: (writer: Key) => void;
  readonly #targets = new Map<Key, Target>();
  /** The target at which a writer has a place, was called or waits. */
  readonly #targetOf = new Map<Key, Target>();

  /** `call`: asks for a round of a writer that had to wait. */
  constructor(call: (writer: Key) => void) {
    this.#call = call;
  }

  /** Whether this round of `writer` may read and write for `secret` now. If not, it ends, and the writer is called later. */
  enter(secret: Key, writer: Key): boolean {
    if (this.#targetOf.get(writer)?.key !== secret) this.leave(writer);
    const target = this.#target(secret);
    this.#targetOf.set(writer, target);
    const isCalled = target.called.delete(writer);
    if (!isCalled && target.placed.size + target.called.size >= PLACES) {
      target.waiting.add(writer);
      return false;
    }
    target.waiting.delete(writer);
    target.placed.add(writer);
    return true;
  }

  /** Does `work` when no other round writes to the same Secret. Only for a writer with a place. Rejects with the signal's reason when it aborts before. */
  write<T>(writer: Key, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const target = this.#targetOf.get(writer);
    if (target?.placed.has(writer) !== true) throw new TypeError(`${writer} has no place`);
    return target.writing.run(target.key, work, signal);
  }

  /** The round of `writer` has ended, whether it had a place or not; one that waits goes on waiting. */
  ended(writer: Key): void {
    if (this.#targetOf.get(writer)?.waiting.has(writer) !== true) this.leave(writer);
  }

  /** `writer` is gone, or has another target. */
  leave(writer: Key): void {
    const target = this.#targetOf.get(writer);
    if (target === undefined) return;
    this.#targetOf.delete(writer);
    for (const set of [target.placed, target.called, target.waiting]) set.delete(writer);
    this.#fill(target);
  }

  #target(key: Key): Target {
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target: Target = { key, placed: new Set(), called: new Set(), waiting: new Set(), writing: new Limit(1) };
    this.#targets.set(key, target);
    return target;
  }

  /** Calls those that waited longest to the places that are free. */
  #fill(target: Target): void {
    const { key, placed, called, waiting } = target;
    for (const writer of waiting) {
      if (placed.size + called.size >= PLACES) return;
      waiting.delete(writer);
      called.add(writer);
      this.#call(writer);
    }
    if (placed.size + called.size === 0) this.#targets.delete(key);
  }
}
