/**
 * The reads of rounds. A round that gives up waiting leaves its read behind: the read goes on, keeps the answers whatever the cache has room for, and
 * the dependant is called when it has ended; the next round of the dependant takes the answers. What is read for a round is counted in one budget
 * until the round has ended.
 */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock } from '../../base/clock.ts';
import { type Key, nameOf } from '../../base/key.ts';
import type { Patience } from '../patience.ts';
import type { ReadingRound, ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../reference-key.ts';
import { ByteBudget, type Room } from './byte-budget.ts';
import { askLater } from './later-room.ts';
import type { ReadRate } from './read-rate.ts';
import { RoundRead } from './round-read.ts';

/** A Secret holds 1 MiB; what is left is for properties that are taken from larger values, and for encodings. */
const ROUND_BYTES = 4 * 1024 * 1024;
/** Beside the cache, and beside the copies that are made of a round's values while its Secret is written. */
const ALL_ROUNDS_BYTES = 32 * 1024 * 1024;

export interface RoundReadsOptions {
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly lifetime: AbortSignal;
  readonly patience: Patience;
  readonly rate: ReadRate;
  /** A read has ended that its round has not waited for. */
  readonly onEnded: (dependant: Key) => void;
}

export interface RoundWish {
  readonly references: readonly KeyedReference[];
  readonly round: ReadingRound;
  readonly read: (asked: KeyedReference) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly request: string;
  readonly keys: ReadonlySet<ReferenceKey>;
  readonly read: RoundRead;
  readonly room: Room;
  /** The round waits for it now. */
  awaited: boolean;
  /** Its answers were handed over. */
  taken: boolean;
}

export class RoundReads {
  readonly #options: RoundReadsOptions;
  readonly #budget = new ByteBudget(ALL_ROUNDS_BYTES);
  readonly #entries = new Map<Key, Entry>();

  constructor(options: RoundReadsOptions) {
    this.#options = options;
  }

  /** One result for each reference, or none at all when the patience of the round has ended before. */
  async read(wish: RoundWish): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    const { round, references, signal } = wish;
    const entry = this.#join(wish) ?? this.#begin(wish);
    // While others hold the room that it needs, a worker has nothing to wait for.
    if (!entry.room.isGranted && round.patience !== undefined) return new Map();
    entry.awaited = true;
    try {
      const identities = references.map(({ reference }) => reference.identity);
      const { ended } = entry.read;
      await (entry.read.hasEnded ? ended : this.#options.patience.await(ended, identities, round.patience, signal));
    } finally {
      entry.awaited = false;
    }
    if (!entry.read.hasEnded) return new Map();
    entry.taken = true;
    return entry.read.take();
  }

  /** The last round of the dependant has ended: it holds no value that was read for it, and waits for none. */
  end(dependant: Key): void {
    const entry = this.#entries.get(dependant);
    if (entry === undefined) return;
    this.#entries.delete(dependant);
    if (!entry.taken) entry.read.drop();
    entry.room.shrink(entry.taken ? 0 : entry.read.need);
  }

  /** Bytes that are held now or kept free for answers, and rounds that wait for such room. */
  get size(): { readonly bytes: number; readonly waiting: number } {
    return { bytes: this.#budget.held, waiting: this.#budget.waiting };
  }

  #join({ round, references }: RoundWish): Entry | undefined {
    const entry = this.#entries.get(round.dependant);
    if (entry === undefined || entry.taken || entry.request !== round.request) return undefined;
    const isSame = entry.keys.size === references.length && references.every(({ key }) => entry.keys.has(key));
    return isSame ? entry : undefined;
  }

  #begin({ round, references, read: ask }: RoundWish): Entry {
    const { dependant, request } = round;
    const holdsValues = this.#entries.get(dependant)?.taken === true;
    this.end(dependant);
    const onProgress = (): void => this.#progressed(dependant, entry);
    const read = new RoundRead({ references, limit: ROUND_BYTES, read: ask, onProgress });
    const begin = (): void => {
      read.begin();
      onProgress();
    };
    const room = holdsValues ? this.#budget.take(nameOf(dependant).namespace, read.need) : this.#ask(dependant, read, begin);
    // The round that asks waits until its patience ends, if there is anything to wait for.
    const entry: Entry = { request, keys: new Set(references.map(({ key }) => key)), read, room, awaited: room.isGranted, taken: false };
    this.#entries.set(dependant, entry);
    if (room.isGranted) begin();
    return entry;
  }

  /** A namespace that has asked for more than its rate waits until that is paid for; its round is called when the read has ended. */
  #ask(dependant: Key, read: RoundRead, begin: () => void): Room {
    const { clock, lifetime, rate } = this.#options;
    const { namespace } = nameOf(dependant);
    const wait = rate.waitFor(namespace);
    if (wait === 0) return this.#budget.ask(namespace, read.need, begin);
    return askLater(clock.sleep(wait, lifetime), () => {
      const room = this.#ask(dependant, read, begin);
      if (room.isGranted) void Promise.resolve().then(begin);
      return room;
    });
  }

  #progressed(dependant: Key, { read, room, awaited, taken }: Entry): void {
    if (taken) return;
    room.shrink(read.need);
    if (read.hasEnded && !awaited && this.#entries.get(dependant)?.read === read) this.#options.onEnded(dependant);
  }
}
