/**
 * How many of a number of places (or bytes) one namespace may hold: at most four times as many as it leaves free. One namespace alone gets four of five places,
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

  take(namespace: string, places = 1): void {
    const held = this.of(namespace) + places;
    if (held > 0) this.#held.set(namespace, held);
    else this.#held.delete(namespace);
  }

  giveBack(namespace: string, places = 1): void {
    this.take(namespace, -places);
  }

  of(namespace: string): number {
    return this.#held.get(namespace) ?? 0;
  }

  /** Whether the namespace may take so many of the `free` places; the last one is for a namespace that holds none. */
  mayTake(namespace: string, free: number, places = 1): boolean {
    return places <= free && this.of(namespace) + places <= Math.max(1, (free - places) * TIMES_FREE);
  }

  /** How many the namespace may hold while it is the only one to take any of the `free` places. */
  mostOf(namespace: string, free: number): number {
    return Math.max(this.of(namespace), Math.floor(((this.of(namespace) + free) * TIMES_FREE) / (TIMES_FREE + 1)));
  }
}
