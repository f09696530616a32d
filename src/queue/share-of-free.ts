/**
 * How many of a number of places one namespace may hold: at most four times as many as it leaves free. One namespace alone gets four of five places,
 * several share them, and a namespace that holds none finds a free place however many keys of the others wait (the dynamic thresholds of Choudhury
 * and Hahne, 1998). Pure data.
 */
const TIMES_FREE = 4;

/** So many places are needed for one namespace to get `most` of them when nobody else has work. */
export function placesFor(most: number): number {
  return most + Math.ceil(most / TIMES_FREE);
}

/** Places in use, by namespace. Nothing is kept of a namespace that holds none. */
export class HeldPlaces {
  readonly #held = new Map<string, number>();

  take(namespace: string): void {
    this.#held.set(namespace, this.of(namespace) + 1);
  }

  giveBack(namespace: string): void {
    const left = this.of(namespace) - 1;
    if (left > 0) this.#held.set(namespace, left);
    else this.#held.delete(namespace);
  }

  of(namespace: string): number {
    return this.#held.get(namespace) ?? 0;
  }

  /** Whether the namespace may take one of the `free` places; the last one is for a namespace that holds none. */
  mayTake(namespace: string, free: number): boolean {
    return free > 0 && this.of(namespace) < Math.max(1, (free - 1) * TIMES_FREE);
  }
}
