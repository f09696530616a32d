/**
 * A least-recently-used cache with a share for each owner: entries of an owner with many entries are dropped before those of an owner with few. A dropped entry
 * can be made again. The owner '' is the installation itself (cluster-scoped stores): half of the room is reserved for it, and it may use free room beyond
 * that. An entry counts for the owner that has added it. Its size is one, or the given size, such as bytes.
 *
 * Not the package lru-cache: it has no shares by owner, and one of its caches for each owner takes 2,000 bytes instead of 300. Where all entries belong to
 * the operator itself, use lru-cache.
 */
export interface SharedMapLimits {
  /** Room for the entries of all owners together. */
  readonly total: number;
  /** For those of one owner; by default all of it, while other owners do not need it. */
  readonly perOwner?: number;
}

/** The entries of one owner. */
interface Held<K> {
  readonly owner: string;
  /** The one used last comes last. */
  readonly keys: Set<K>;
  size: number;
}

interface Entry<K, V> {
  readonly value: V;
  readonly size: number;
  readonly held: Held<K>;
}

const INSTALLATION = '';
/** Of all room: what owners take nothing of. */
const SHARE_OF_INSTALLATION = 1 / 2;

export class SharedMap<K, V> {
  readonly #total: number;
  readonly #perOwner: number;
  readonly #entries = new Map<K, Entry<K, V>>();
  readonly #held = new Map<string, Held<K>>();
  #used = 0;

  constructor({ total, perOwner = total }: SharedMapLimits) {
    this.#total = total;
    this.#perOwner = perOwner;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { keys } = entry.held;
    keys.delete(key);
    keys.add(key);
    return entry.value;
  }

  /** Without counting as use, like `has` and the iterators. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** `owner`: by default the present one, or the installation. An entry that is larger than the room of its owner is not kept. */
  set(key: K, value: V, owner = this.#entries.get(key)?.held.owner ?? INSTALLATION, size = 1): void {
    this.delete(key);
    const held = this.#heldBy(owner);
    held.keys.add(key);
    held.size += size;
    this.#used += size;
    this.#entries.set(key, { value, size, held });
    if (owner !== INSTALLATION) while (held.size > this.#perOwner) this.#dropOldest(held);
    while (this.#used > this.#total) this.#dropOldest(this.#largest());
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    const { held, size } = entry;
    this.#entries.delete(key);
    this.#used -= size;
    held.keys.delete(key);
    held.size -= size;
    if (held.keys.size === 0) this.#held.delete(held.owner);
    return true;
  }

  /** The order has no meaning. */
  *[Symbol.iterator](): Generator<readonly [key: K, value: V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  /** All keys with their owners. */
  *owners(): Generator<readonly [key: K, owner: string]> {
    for (const [key, { held }] of this.#entries) yield [key, held.owner];
  }

  get size(): number {
    return this.#entries.size;
  }

  #heldBy(owner: string): Held<K> {
    const known = this.#held.get(owner);
    if (known !== undefined) return known;
    const held: Held<K> = { owner, keys: new Set(), size: 0 };
    this.#held.set(owner, held);
    return held;
  }

  /** Of the owners other than the installation, while there are any and it has no more than its share. */
  #largest(): Held<K> | undefined {
    const own = this.#held.get(INSTALLATION);
    if (own !== undefined && own.size > this.#total * SHARE_OF_INSTALLATION) return own;
    let largest: Held<K> | undefined;
    for (const held of this.#held.values()) if (held !== own && held.size > (largest?.size ?? 0)) largest = held;
    return largest ?? own;
  }

  #dropOldest(held: Held<K> | undefined): void {
    for (const oldest of held?.keys ?? []) {
      this.delete(oldest);
      return;
    }
  }
}
