/**
 * A Map that keeps the entries used last, with room for each owner: what one owner adds never drops what few entries others have. What is forgotten can
 * be made again. The owner '' is the installation itself (what cluster-scoped stores use): it has no limit of its own.
 */
export interface SharedMapLimits {
  /** Entries of all owners together. */
  readonly total: number;
  /** Of one owner. */
  readonly perOwner: number;
}

const INSTALLATION = '';

export class SharedMap<K, V> {
  readonly #limits: SharedMapLimits;
  readonly #entries = new Map<K, { readonly value: V; readonly owner: string }>();
  /** Keys by owner, the one used last comes last. */
  readonly #keys = new Map<string, Set<K>>();

  constructor(limits: SharedMapLimits) {
    this.#limits = limits;
  }

  /** An entry that another owner asks for is used by several, and counts for none of them from then on. */
  get(key: K, owner: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#put(key, entry.value, entry.owner === owner ? owner : INSTALLATION);
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

  /** Of the owners other than the installation, while there are any. */
  #largest(): ReadonlySet<K> {
    let largest: ReadonlySet<K> = new Set();
    for (const [owner, keys] of this.#keys) if (owner !== INSTALLATION && keys.size > largest.size) largest = keys;
    return largest.size > 0 ? largest : (this.#keys.get(INSTALLATION) ?? largest);
  }

  #dropOldest(keys: ReadonlySet<K>): void {
    for (const oldest of keys) {
      this.delete(oldest);
      return;
    }
  }
}
