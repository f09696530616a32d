/** Counts by value. A value with count 0 is removed. */
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
