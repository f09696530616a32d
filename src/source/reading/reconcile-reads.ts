/**
 * The reads of rounds. A round that gives up waiting leaves its read behind: the read goes on, keeps the answers whatever the cache has room for, and
 * the dependant is called when it has ended; the next round of the dependant takes the answers. What is read for a round is counted in one budget
 * until the round has ended.
 */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock } from '../../base/clock.ts';
import type { AnswerTimeout } from './answer-timeout.ts';
import type { DependantKey, ReconcileRequest, ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';
import { ByteBudget, type Room } from '../limits/byte-budget.ts';
import { type Place, RateQueue } from '../limits/read-rate-queue.ts';
import { ReadRate } from '../limits/read-rate.ts';
import { ReconcileRead } from './reconcile-read.ts';
import { namespaceOf } from '../references/dependant.ts';

/** A Secret holds 1 MiB; what is left is for properties that are taken from larger values, and for encodings. */
const ROUND_BYTES = 4 * 1024 * 1024;
/** Beside the cache, and beside the copies that are made of a round's values while its Secret is written. */
const ALL_ROUNDS_BYTES = 32 * 1024 * 1024;
/** Waiting for the read rate is told to people from then on. */
const TOLD_AFTER_MS = 3_000;

export interface ReconcileReadsOptions {
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly lifetime: AbortSignal;
  readonly answerTimeout: AnswerTimeout;
  /** How many resources a namespace has, by which the rate of its reads is limited; undefined: that is not limited. */
  readonly resourcesIn?: ((namespace: string) => number) | undefined;
  /** Nothing was read for the dependant yet. */
  readonly isFirst: (dependant: DependantKey) => boolean;
  /** A read has ended that its round has not waited for. */
  readonly onEnded: (dependant: DependantKey) => void;
}

export interface ReconcileWish {
  readonly references: readonly KeyedReference[];
  readonly round: ReconcileRequest;
  /** `onShared`: AWS is not asked for it, or was asked already. */
  readonly read: (asked: KeyedReference, onShared: () => void) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  readonly signal: AbortSignal;
}

/** What a round has taken, or waits for, before it reads. */
interface Admission {
  readonly place?: Place | undefined;
  readonly room?: Room | undefined;
  /** Its references are counted in the rate. */
  readonly isCounted: boolean;
}

interface Entry {
  readonly dependant: DependantKey;
  readonly request: string;
  readonly keys: ReadonlySet<ReferenceKey>;
  readonly read: ReconcileRead;
  admission: Admission;
  /** The round waits for it now. */
  awaited: boolean;
  /** Its answers were handed over. */
  taken: boolean;
}

export class ReconcileReads {
  readonly #options: ReconcileReadsOptions;
  readonly #budget = new ByteBudget(ALL_ROUNDS_BYTES);
  readonly #rate: ReadRate;
  readonly #queue: RateQueue;
  readonly #entries = new Map<DependantKey, Entry>();

  constructor(options: ReconcileReadsOptions) {
    this.#options = options;
    this.#rate = new ReadRate(options);
    this.#queue = new RateQueue({ ...options, rate: this.#rate });
  }

  /** One result for each reference, or none at all when the patience of the round has ended before. */
  async read(wish: ReconcileWish): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    const { round, references, signal } = wish;
    const entry = this.#join(wish) ?? this.#begin(wish);
    // While others hold the room that it needs, a worker has nothing to wait for.
    if (!isAdmitted(entry) && round.answerTimeout !== undefined) return new Map();
    entry.awaited = true;
    try {
      const identities = references.map(({ reference }) => reference.identity);
      const { ended } = entry.read;
      await (entry.read.hasEnded ? ended : this.#options.answerTimeout.await(ended, identities, round.answerTimeout, signal));
    } finally {
      entry.awaited = false;
    }
    if (!entry.read.hasEnded) return new Map();
    entry.taken = true;
    return entry.read.take();
  }

  /** The last round of the dependant has ended: it holds no value that was read for it, and waits for none. */
  end(dependant: DependantKey): void {
    const entry = this.#entries.get(dependant);
    if (entry === undefined) return;
    this.#entries.delete(dependant);
    const { read, taken, admission } = entry;
    admission.place?.leave();
    if (admission.isCounted) this.#rate.giveBack(namespaceOf(dependant), read.unasked);
    if (!taken) read.drop();
    admission.room?.shrink(taken ? 0 : read.need);
  }

  /** Its round waits for more than a few seconds, because its namespace has asked for more than its rate. */
  isHeldBack(dependant: DependantKey): boolean {
    const place = this.#entries.get(dependant)?.admission.place;
    return place !== undefined && place.expectedAt - this.#options.clock.monotonic() > TOLD_AFTER_MS;
  }

  /** Bytes that are held now or kept free for answers, and rounds that wait for such room or for their rate. */
  get size(): { readonly bytes: number; readonly waiting: number } {
    return { bytes: this.#budget.held, waiting: this.#budget.waiting + this.#queue.size };
  }

  #join({ round, references }: ReconcileWish): Entry | undefined {
    const entry = this.#entries.get(round.dependant);
    if (entry === undefined || entry.taken || entry.request !== round.request) return undefined;
    const isSame = entry.keys.size === references.length && references.every(({ key }) => entry.keys.has(key));
    return isSame ? entry : undefined;
  }

  #begin({ round, references, read: ask }: ReconcileWish): Entry {
    const { dependant, request } = round;
    const holdsValues = this.#entries.get(dependant)?.taken === true;
    this.end(dependant);
    const namespace = namespaceOf(dependant);
    const onShared = (): void => {
      if (entry.admission.isCounted) this.#rate.giveBack(namespace, 1);
    };
    const onProgress = (): void => this.#progressed(entry);
    const read = new ReconcileRead({ references, limit: ROUND_BYTES, read: (asked) => ask(asked, onShared), onProgress });
    const keys = new Set(references.map(({ key }) => key));
    const entry: Entry = { dependant, request, keys, read, admission: { isCounted: false }, awaited: false, taken: false };
    this.#entries.set(dependant, entry);
    if (holdsValues) this.#readAgain(namespace, entry);
    else this.#admit(namespace, entry);
    // The round that asks waits until its patience ends, if there is anything to wait for.
    entry.awaited = isAdmitted(entry);
    if (entry.awaited) this.#start(entry);
    return entry;
  }

  /** A round that holds values already does not wait, while others wait for the room that it has. */
  #readAgain(namespace: string, entry: Entry): void {
    const { read } = entry;
    this.#rate.charge(namespace, read.unasked);
    entry.admission = { isCounted: true, room: this.#budget.take(namespace, read.need) };
  }

  /** The first round of a resource is free of the rate; others wait in the queue of their namespace, and all of them for room. */
  #admit(namespace: string, entry: Entry): void {
    const isFree = this.#options.isFirst(entry.dependant) && this.#rate.takeFirstRound(namespace);
    const askForRoom = (): void => {
      const room = this.#budget.ask(namespace, entry.read.need, () => this.#start(entry));
      entry.admission = { isCounted: !isFree, room };
    };
    const onTaken = (): void => {
      askForRoom();
      if (isAdmitted(entry)) this.#start(entry);
    };
    const place = isFree ? undefined : this.#queue.ask(namespace, entry.read.unasked, onTaken);
    if (place === undefined) askForRoom();
    else entry.admission = { isCounted: false, place };
  }

  #start(entry: Entry): void {
    entry.read.begin();
    this.#progressed(entry);
  }

  #progressed({ dependant, read, admission, awaited, taken }: Entry): void {
    if (taken) return;
    admission.room?.shrink(read.need);
    if (read.hasEnded && !awaited && this.#entries.get(dependant)?.read === read) this.#options.onEnded(dependant);
  }
}

function isAdmitted({ admission }: Entry): boolean {
  return admission.room?.isGranted === true;
}
