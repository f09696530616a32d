/**
 * Decides which objects of a kind are kept whole. Namespaces share a budget of bytes. A namespace may hold four times as much as it leaves free, and always a
 * small share, so that a new namespace finds room. An object that is kept stays kept until it is deleted or grows.
 */
import type { Key } from '../base/key.ts';
import { nameOf } from '../base/key.ts';
import { FairShare } from '../base/sharing/fair-share.ts';
import { inSlices } from '../base/time/slices.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';

export interface SizedObject {
  readonly key: Key;
  readonly uid: string;
  /** Estimated size in memory. */
  readonly bytes: number;
}

/** The part of the total that a namespace may always hold. */
const SMALL_SHARE = 1 / 1_000;
/** The part of the total that is reserved for these small shares. */
const RESERVE = 1 / 8;

interface Entry {
  readonly uid: string;
  readonly bytes: number;
}

/** Bytes of one namespace. */
export interface ShareOfBudget {
  readonly held: number;
  /** Most bytes that it may hold at present. */
  readonly most: number;
}

export class KeptBudget {
  readonly total: number;
  readonly #kept = new Map<Key, Entry>();
  readonly #notKept = new Map<Key, Entry>();
  readonly #held = new FairShare();
  #free: number;
  /** Bytes that namespaces hold of their small shares. */
  #small = 0;
  #onRoom: () => void = () => undefined;

  /** `total`: bytes of all namespaces together. */
  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Whether this version of an object may be kept. If so, its bytes count. */
  admit({ key, uid, bytes }: SizedObject): boolean {
    const before = this.#kept.get(key);
    this.#giveBack(key);
    const mayStay = before?.uid === uid && bytes <= before.bytes;
    const admitted = mayStay || this.#fits(key, bytes);
    if (admitted) this.#keep(key, { uid, bytes });
    else this.#keepOut(key, { uid, bytes });
    if (this.#notKept.size > 0 && before !== undefined && (!admitted || bytes < before.bytes)) this.#onRoom();
    return admitted;
  }

  /** The object was deleted. A newer object with the same name stays. */
  release(key: Key, uid: string): void {
    const { uid: known } = this.#kept.get(key) ?? this.#notKept.get(key) ?? {};
    if (known !== uid) return;
    const hadRoom = this.#kept.has(key);
    this.#giveBack(key);
    this.#notKept.delete(key);
    if (hadRoom && this.#notKept.size > 0) this.#onRoom();
  }

  /**
   * After a list of `namespace` (empty: of the whole cluster): removes objects that an incomplete list has added. It looks at all objects of the kind. In the
   * meantime, no other object of that scope may be admitted than those that are there.
   */
  async releaseOthers(namespace: string, isThere: (key: Key) => boolean, work: SlicedWork): Promise<void> {
    const isInScope = (key: Key): boolean => namespace === '' || nameOf(key).namespace === namespace;
    for (const entries of [this.#kept, this.#notKept]) {
      await inSlices(entries, work, ([key, { uid }]) => {
        if (isInScope(key) && !isThere(key)) this.release(key, uid);
      });
    }
  }

  /** `call` is called when room becomes free while there are objects that are not kept. It must return at once. */
  onRoom(call: () => void): void {
    this.#onRoom = call;
  }

  /** Whether there is room now for an object that is not kept. */
  fits(key: Key): boolean {
    const entry = this.#notKept.get(key);
    return entry !== undefined && this.#fits(key, entry.bytes);
  }

  /** Keys of the objects that are not kept, those that have waited longest first. An object keeps its place when it changes. */
  notKept(): readonly Key[] {
    return [...this.#notKept.keys()];
  }

  get notKeptCount(): number {
    return this.#notKept.size;
  }

  get heldBytes(): number {
    return this.total - this.#free;
  }

  shareOf(namespace: string): ShareOfBudget {
    const held = this.#held.of(namespace);
    const small = Math.min(this.#smallShare, held + this.#free);
    const most = namespace === '' ? held + this.#free : Math.max(small, this.#held.mostOf(namespace, this.#freeForAll));
    return { held, most: Math.floor(most) };
  }

  #fits(key: Key, bytes: number): boolean {
    const { namespace } = nameOf(key);
    const isSmall = this.#held.of(namespace) + bytes <= this.#smallShare;
    // Cluster-scoped objects belong to the installation and have no limit but the total.
    if (namespace === '' || isSmall) return bytes <= this.#free;
    return this.#held.mayTake(namespace, this.#freeForAll, bytes);
  }

  get #smallShare(): number {
    return this.total * SMALL_SHARE;
  }

  /** Free bytes without the reserve for small shares. */
  get #freeForAll(): number {
    return this.#free - Math.max(0, this.total * RESERVE - this.#small);
  }

  #keep(key: Key, entry: Entry): void {
    this.#notKept.delete(key);
    this.#kept.set(key, entry);
    this.#hold(key, entry.bytes);
  }

  /** Another object with the same name gets the last place. */
  #keepOut(key: Key, entry: Entry): void {
    if (this.#notKept.get(key)?.uid !== entry.uid) this.#notKept.delete(key);
    this.#notKept.set(key, entry);
  }

  #giveBack(key: Key): void {
    const entry = this.#kept.get(key);
    if (entry === undefined) return;
    this.#kept.delete(key);
    this.#hold(key, -entry.bytes);
  }

  /** `bytes` below zero: gives back. */
  #hold(key: Key, bytes: number): void {
    const { namespace } = nameOf(key);
    const before = Math.min(this.#held.of(namespace), this.#smallShare);
    this.#held.take(namespace, bytes);
    this.#small += Math.min(this.#held.of(namespace), this.#smallShare) - before;
    this.#free -= bytes;
  }
}
