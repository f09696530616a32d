/**
 * A bounded Map whose entries belong to namespaces. When the Map is full, the namespace with the most entries loses its oldest one, so that
 * a namespace with thousands of identities evicts only its own entries. Callers must be able to obtain an evicted value again. Pure data.
 */
interface Owned<V> {
  readonly value: V;
  readonly owner: string;
}

export class OwnedMap<K, V> {
  readonly #entries = new Map<K, Owned<V>>();
  /** Keys of each owner, the oldest first. */
  readonly #keysOf = new Map<string, Set<K>>();
  readonly #limit: number;

  /** Holds at most `limit` entries. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** `owner`: the namespace whose share the entry uses, by default the present owner; '' without a single known namespace. */
  set(key: K, value: V, owner = this.#entries.get(key)?.owner ?? ''): void {
    this.delete(key);
    this.#entries.set(key, { value, owner });
    this.#keysOf.set(owner, (this.#keysOf.get(owner) ?? new Set()).add(key));
    if (this.#entries.size > this.#limit) this.#evict();
  }

  delete(key: K): boolean {
    const owner = this.#entries.get(key)?.owner;
    if (owner === undefined) return false;
    this.#entries.delete(key);
    const keys = this.#keysOf.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(owner);
    return true;
  }

  /** In no particular order. */
  *[Symbol.iterator](): Generator<readonly [K, V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  get size(): number {
    return this.#entries.size;
  }

  #evict(): void {
    let most: ReadonlySet<K> = new Set();
    for (const keys of this.#keysOf.values()) if (keys.size > most.size) most = keys;
    const [oldest] = most;
    if (oldest !== undefined) this.delete(oldest);
  }
}
