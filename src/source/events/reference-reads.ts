/**
 * What is under way for change events: one place for each reference, held by the message that told of it last. An earlier message about the same
 * references is superseded: the later one stays in the queue until its read, which begins after both, has been acted on. So any number of messages
 * about one reference takes one place.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from './change.ts';
import { Pursuit, type PursuitOptions, type Verdict } from './confirmation.ts';
import type { Rounds } from './pending-reconciles.ts';

/** While the API server answers, nobody's trouble holds a message for longer: a thousand of them would hold up everybody. */
const PATIENCE = ms(10 * 60_000);

/** unfinished: somebody cannot act on it. superseded: a later message tells of the same references. */
export type PlaceResult = Verdict | 'unfinished' | 'superseded';

const FROM_BAD_TO_GOOD: readonly PlaceResult[] = ['unfinished', 'failed', 'not-shown', 'shown', 'superseded'];

export interface PlacesOptions extends PursuitOptions {
  readonly rounds: Rounds;
  /** Whether the API server answers: while it does not, nobody is blamed for what it takes. */
  readonly mayReceive: () => boolean;
}

/** A message, with the references for which it still holds a place. */
class Holder {
  readonly #ended = Promise.withResolvers<PlaceResult>();
  #left: number;
  #result: PlaceResult = 'superseded';

  constructor(references: number) {
    this.#left = references;
  }

  get whenEnded(): Promise<PlaceResult> {
    return this.#ended.promise;
  }

  leave(result: PlaceResult): void {
    if (FROM_BAD_TO_GOOD.indexOf(result) < FROM_BAD_TO_GOOD.indexOf(this.#result)) this.#result = result;
    this.#left -= 1;
    if (this.#left === 0) this.#ended.resolve(this.#result);
  }

  fail(error: unknown): void {
    this.#ended.reject(error);
  }
}

interface Place {
  readonly reference: RemoteReference;
  readonly pursuit: Pursuit;
  holder: Holder;
}

export class Places {
  readonly #options: PlacesOptions;
  readonly #clock: Clock;
  readonly #places = new Map<ReferenceKey, Place>();

  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** References for which something is under way. */
  get size(): number {
    return this.#places.size;
  }

  /** Resolves when everybody who uses these references has acted on the change, or a later message has taken over all of them. */
  follow(references: readonly RemoteReference[], change: Change, end: AbortSignal): Promise<PlaceResult> {
    const holder = new Holder(references.length);
    for (const reference of references) this.#take(reference, change, holder, end);
    return holder.whenEnded;
  }

  #take(reference: RemoteReference, change: Change, holder: Holder, end: AbortSignal): void {
    const key = referenceKey(reference);
    const known = this.#places.get(key);
    if (known !== undefined) {
      known.holder.leave('superseded');
      known.holder = holder;
      known.pursuit.add(change);
      return;
    }
    const place = { reference, pursuit: new Pursuit(reference, change, this.#options), holder };
    this.#places.set(key, place);
    void this.#run(key, place, end);
  }

  async #run(key: ReferenceKey, place: Place, end: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const verdict = await place.pursuit.follow(end);
        const rested = await this.#isPatientFor(place, end);
        if (rested === 'later') continue;
        this.#places.delete(key);
        place.holder.leave(rested ? verdict : 'unfinished');
        return;
      }
    } catch (error) {
      this.#places.delete(key);
      place.holder.fail(error);
    }
  }

  /** Whether all have acted in time; as long as the API server is away, time does not count. 'later': a further message came. */
  async #isPatientFor({ reference, pursuit }: Place, end: AbortSignal): Promise<boolean | 'later'> {
    const { rounds, references, mayReceive } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([end, over.signal]);
    const rested = rounds.rest(references.dependantsOf(reference), signal).then(() => true);
    const later = pursuit.whenAdded.then(() => 'later' as const);
    try {
      for (;;) {
        const first = await untilAborted(Promise.race([rested, later, this.#afterwards(PATIENCE, signal)]), end);
        if (first !== 'late') return pursuit.isFollowed ? first : 'later';
        if (mayReceive()) return false;
      }
    } finally {
      over.abort();
      rested.catch(() => undefined);
    }
  }

  async #afterwards(time: Ms, signal: AbortSignal): Promise<'late'> {
    await this.#clock.sleep(time, signal);
    return 'late';
  }
}
