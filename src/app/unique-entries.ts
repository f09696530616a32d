/** A map of parts that several controllers bring. */

/** Throws a TypeError if two entries have one key: one part would silently replace the other. */
export function uniqueEntries<T>(what: string, entries: Iterable<readonly [string, T]>): ReadonlyMap<string, T> {
  const unique = new Map<string, T>();
  for (const [key, value] of entries) {
    if (unique.has(key)) throw new TypeError(`${what}: ${key} is there twice`);
    unique.set(key, value);
  }
  return unique;
}
