/**
 * A least-recently-used cache with a share for each owner: entries of an owner with many entries are dropped before those of an owner with few. A dropped entry
 * can be made again. The owner '' is the installation itself (cluster-scoped stores): half of the room is reserved for it, and it may use free room beyond
 * that. An entry counts for the owner that has added it. Its size is one, or the given size, such as bytes. (The package lru-cache has no shares by owner.)
 */
export interface SharedMapLimits {
  /** Room for the entries of all owners together. */
  readonly total: number;
  /** For those of one owner. */
  readonly perOwner: number;
}

interface Entry<V> {
  readonly value: V;
  readonly owner: string;
  readonly size: number;
}

/** The entries of one owner. */
interface Held<K> {
  /** The one used last comes last. */
  readonly keys: Set<K>;
  size: number;
}

const INSTALLATION = '';
/** Of all room: what owners take nothing of. */
const SHARE_OF_INSTALLATION = 1 / 2;

export class SharedMap<K, V> {
  readonly #limits: SharedMapLimits;
  readonly #entries = new Map<K, Entry<V>>();
  readonly #held = new Map<string, Held<K>>();
  #used = 0;

  constructor(limits: SharedMapLimits) {
    this.#limits = limits;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#put(key, entry);
    return entry.value;
  }

  /** Without counting as use. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** An entry that is larger than the room of its owner is not kept. */
  set(key: K, value: V, owner: string, size = 1): void {
    this.#put(key, { value, owner, size });
    if (owner !== INSTALLATION) while (this.#heldBy(owner) > this.#limits.perOwner) this.#dropOldest(this.#held.get(owner));
    while (this.#used > this.#limits.total) this.#dropOldest(this.#largest());
  }

  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#used -= entry.size;
    const held = this.#held.get(entry.owner);
    if (held === undefined) return;
    held.keys.delete(key);
    held.size -= entry.size;
    if (held.keys.size === 0) this.#held.delete(entry.owner);
  }

  #heldBy(owner: string): number {
    return this.#held.get(owner)?.size ?? 0;
  }

  /** All keys with their owners. */
  *owners(): Generator<readonly [key: K, owner: string]> {
    for (const [key, { owner }] of this.#entries) yield [key, owner];
  }

  get size(): number {
    return this.#entries.size;
  }

  #put(key: K, entry: Entry<V>): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#used += entry.size;
    const held = this.#held.get(entry.owner) ?? { keys: new Set(), size: 0 };
    this.#held.set(entry.owner, held);
    held.keys.add(key);
    held.size += entry.size;
  }

  /** Of the owners other than the installation, while there are any and it has no more than its share. */
  #largest(): Held<K> | undefined {
    const own = this.#held.get(INSTALLATION);
    if (own !== undefined && own.size > this.#limits.total * SHARE_OF_INSTALLATION) return own;
    let largest: Held<K> | undefined;
    for (const [owner, held] of this.#held) if (owner !== INSTALLATION && held.size > (largest?.size ?? 0)) largest = held;
    return largest ?? own;
  }

  #dropOldest(held: Held<K> | undefined): void {
    for (const oldest of held?.keys ?? []) {
      this.delete(oldest);
      return;
    }
  }
}
