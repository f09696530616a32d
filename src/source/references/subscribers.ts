/** The subscribers of one reference by dependant, in the order in which they came. Most references have one, for which a Map would take 200 bytes more. */
import type { DependantKey } from '../port.ts';
import type { Subscriber } from './subscriber.ts';

export class Subscribers {
  #only: Subscriber | undefined;
  /** All of them, as soon as there were two. */
  #many: Map<DependantKey, Subscriber> | undefined;

  get size(): number {
    return this.#many?.size ?? (this.#only === undefined ? 0 : 1);
  }

  get(dependant: DependantKey): Subscriber | undefined {
    return this.#many === undefined ? this.#onlyOf(dependant) : this.#many.get(dependant);
  }

  set(subscriber: Subscriber): void {
    const { dependant } = subscriber;
    if (this.#many !== undefined) this.#many.set(dependant, subscriber);
    else if (this.#only === undefined || this.#only.dependant === dependant) this.#only = subscriber;
    else {
      this.#many = new Map([
        [this.#only.dependant, this.#only],
        [dependant, subscriber],
      ]);
      this.#only = undefined;
    }
  }

  delete(dependant: DependantKey): void {
    this.#many?.delete(dependant);
    if (this.#onlyOf(dependant) !== undefined) this.#only = undefined;
  }

  /** The one that came first. */
  get first(): Subscriber | undefined {
    if (this.#many === undefined) return this.#only;
    const [first] = this.#many.values();
    return first;
  }

  [Symbol.iterator](): Iterator<Subscriber, undefined> {
    if (this.#many !== undefined) return this.#many.values();
    return (this.#only === undefined ? [] : [this.#only]).values();
  }

  *dependants(): Generator<DependantKey, void> {
    for (const { dependant } of this) yield dependant;
  }

  #onlyOf(dependant: DependantKey): Subscriber | undefined {
    return this.#only?.dependant === dependant ? this.#only : undefined;
  }
}
