/**
 * Limits the places (or bytes) that one namespace may use: at most four times the number of free places. One namespace alone gets four of
 * five places, several namespaces share them, and a namespace without a place always finds a free one (the dynamic thresholds of Choudhury
 * and Hahne, 1998). Pure data.
 */
const TIMES_FREE = 4;

/** Total number of places with which one namespace gets `most` places while the others have no work. */
export function capacityFor(most: number): number {
  return most + Math.ceil(most / TIMES_FREE);
}

/** Places in use, by namespace. A namespace without a place has no entry. */
export class FairShare {
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

  /** Whether the namespace may take `places` of the `free` places. The last place is for a namespace that has none. */
  mayTake(namespace: string, free: number, places = 1): boolean {
    return places <= free && this.of(namespace) + places <= Math.max(1, (free - places) * TIMES_FREE);
  }

  /** Number of places of the namespace if only this namespace takes the `free` places. */
  mostOf(namespace: string, free: number): number {
    return Math.max(this.of(namespace), Math.floor(((this.of(namespace) + free) * TIMES_FREE) / (TIMES_FREE + 1)));
  }
}
