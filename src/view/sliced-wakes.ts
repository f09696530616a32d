/**
 * Queues the users of one object in time slices, because one tenant may have thousands of ExternalSecrets with one store or one target. The
 * first users are queued at once. Events of an object whose users are still being queued make one more walk together.
 */
import type { Key } from '../base/key.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import { inSlices } from '../base/time/slices.ts';

/** Users that are queued at once. Nearly every object has fewer. */
export const QUEUED_AT_ONCE = 100;

export interface Walk {
  /** Group of the time slices: the namespace of the object. */
  readonly namespace: string;
  /** The keys of the users, at the start of the walk. They may change during the walk. */
  readonly keys: () => Iterable<Key>;
  /** `isMerged`: the walk is for earlier events too, whose content is lost. */
  readonly wake: (key: Key, isMerged: boolean) => void;
}

type PlannedWalk = Walk & { readonly isMerged: boolean };

export class SlicedWakes {
  readonly #slices: Pick<TimeSlices, 'worker'>;
  readonly #onError: (error: unknown) => void;
  /** The objects whose users are being queued, and the walk that comes after it. */
  readonly #running = new Map<string, PlannedWalk | undefined>();

  /** `onError`: a walk has failed after the first users, which is a defect. */
  constructor(slices: Pick<TimeSlices, 'worker'>, onError: (error: unknown) => void) {
    this.#slices = slices;
    this.#onError = onError;
  }

  /** `id`: of the object, and of the rule. Walks with the same id are merged. */
  walk(id: string, walk: Walk): void {
    if (this.#running.has(id)) {
      this.#running.set(id, { ...walk, isMerged: this.#running.get(id) !== undefined });
      return;
    }
    const rest = begin({ ...walk, isMerged: false });
    if (rest === undefined) return;
    this.#running.set(id, undefined);
    void this.#finish(id, rest);
  }

  async #finish(id: string, first: Rest): Promise<void> {
    for (let rest: Rest | undefined = first; rest !== undefined; rest = this.#next(id)) {
      const { walk, keys } = rest;
      try {
        await inSlices(keys, this.#slices.worker(walk.namespace), (key) => walk.wake(key, walk.isMerged));
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#running.delete(id);
  }

  /** All keys of the next walk: its first keys must not be queued in the same step as the last keys of this walk. */
  #next(id: string): Rest | undefined {
    const walk = this.#running.get(id);
    this.#running.set(id, undefined);
    return walk && { walk, keys: walk.keys() };
  }
}

interface Rest {
  readonly walk: PlannedWalk;
  readonly keys: Iterable<Key>;
}

/** Queues the first users. Undefined: these were all. */
function begin(walk: PlannedWalk): Rest | undefined {
  const iterator = walk.keys()[Symbol.iterator]();
  for (let count = 0; count < QUEUED_AT_ONCE; count += 1) {
    const next = iterator.next();
    if (next.done === true) return undefined;
    walk.wake(next.value, walk.isMerged);
  }
  return { walk, keys: { [Symbol.iterator]: () => iterator } };
}
