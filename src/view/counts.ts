/** Counts by value. A value that nobody has any more is forgotten. */
export class Counts<T> implements Iterable<readonly [T, number]> {
  readonly #counts = new Map<T, number>();

  add(value: T): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: T): void {
    const left = (this.#counts.get(value) ?? 0) - 1;
    if (left > 0) this.#counts.set(value, left);
    else this.#counts.delete(value);
  }

  [Symbol.iterator](): Iterator<readonly [T, number]> {
    return this.#counts.entries();
  }
}
