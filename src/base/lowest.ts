/** Finds the items with the lowest ranks among many. Only these items are in memory. */
export class Lowest<T> {
  readonly #most: number;
  readonly #rankOf: (item: T) => number;
  #kept: T[] = [];
  /** Items of this rank or above are not among the lowest. */
  #limit = Number.POSITIVE_INFINITY;

  /** `most`: maximum number of items. With equal ranks, the items that were added first are kept. */
  constructor(most: number, rankOf: (item: T) => number) {
    this.#most = most;
    this.#rankOf = rankOf;
  }

  add(item: T): void {
    if (this.#rankOf(item) >= this.#limit) return;
    this.#kept.push(item);
    if (this.#kept.length >= this.#most * 2) this.#cut();
  }

  /** Lowest rank first. */
  sorted(): readonly T[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort((left, right) => this.#rankOf(left) - this.#rankOf(right)).slice(0, this.#most);
    const last = this.#kept.at(-1);
    if (this.#kept.length === this.#most && last !== undefined) this.#limit = this.#rankOf(last);
  }
}
