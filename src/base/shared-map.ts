/**
 * A Map that keeps the entries used last, with room for each owner: what one owner adds never drops what few entries others have. What is forgotten can
 * be made again. The owner '' is the installation itself (what cluster-scoped stores use): half of all entries are left to it, and more where there is
 * room. An entry counts for the owner that has added it, whoever else uses it.
 */
export interface SharedMapLimits {
  /** Entries of all owners together. */
  readonly total: number;
  /** Of one owner. */
  readonly perOwner: number;
}

const INSTALLATION = '';
/** Of all entries: what owners take nothing of. */
const SHARE_OF_INSTALLATION = 1 / 2;

export class SharedMap<K, V> {
  readonly #limits: SharedMapLimits;
  readonly #entries = new Map<K, { readonly value: V; readonly owner: string }>();
  /** Keys by owner, the one used last comes last. */
  readonly #keys = new Map<string, Set<K>>();

  constructor(limits: SharedMapLimits) {
    this.#limits = limits;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#put(key, entry.value, entry.owner);
    return entry.value;
  }

  /** Without counting as use. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: K, value: V, owner: string): void {
    this.#put(key, value, owner);
    const own = this.#keys.get(owner);
    if (owner !== INSTALLATION && own !== undefined && own.size > this.#limits.perOwner) this.#dropOldest(own);
    if (this.#entries.size > this.#limits.total) this.#dropOldest(this.#largest());
  }

  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const keys = this.#keys.get(entry.owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(entry.owner);
  }

  /** All keys with their owners. */
  *owners(): Generator<readonly [key: K, owner: string]> {
    for (const [key, { owner }] of this.#entries) yield [key, owner];
  }

  get size(): number {
    return this.#entries.size;
  }

  #put(key: K, value: V, owner: string): void {
    this.delete(key);
    this.#entries.set(key, { value, owner });
    const keys = this.#keys.get(owner);
    if (keys === undefined) this.#keys.set(owner, new Set([key]));
    else keys.add(key);
  }

  /** Of the owners other than the installation, while there are any and it has no more than its share. */
  #largest(): ReadonlySet<K> {
    let largest: ReadonlySet<K> = new Set();
    const own = this.#keys.get(INSTALLATION);
    if (own !== undefined && own.size > this.#limits.total * SHARE_OF_INSTALLATION) return own;
    for (const [owner, keys] of this.#keys) if (owner !== INSTALLATION && keys.size > largest.size) largest = keys;
    return largest.size > 0 ? largest : (own ?? largest);
  }

  #dropOldest(keys: ReadonlySet<K>): void {
    for (const oldest of keys) {
      this.delete(oldest);
      return;
    }
  }
}
