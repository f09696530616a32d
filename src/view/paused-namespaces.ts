/** Namespaces in which a request has failed. They are left out for some time, so that other namespaces do not wait for them. */
import { type Clock, type Ms, ms } from '../base/time/clock.ts';

export class PausedNamespaces {
  readonly #clock: Clock;
  readonly #pause: Ms;
  /** When each pause ends (monotonic). The soonest is the first, because all pauses have the same length. */
  readonly #ends = new Map<string, Ms>();

  constructor(clock: Clock, pause: Ms) {
    this.#clock = clock;
    this.#pause = pause;
  }

  add(namespace: string): void {
    this.#ends.delete(namespace);
    this.#ends.set(namespace, ms(this.#clock.monotonic() + this.#pause));
  }

  has(namespace: string): boolean {
    return this.#ends.has(namespace);
  }

  /** Removes the namespaces whose pause is over. */
  resume(): void {
    for (const [namespace, end] of this.#ends) if (end <= this.#clock.monotonic()) this.#ends.delete(namespace);
  }

  /** Time until the first pause is over. Undefined without namespaces. */
  get untilNext(): Ms | undefined {
    const [end] = this.#ends.values();
    return end === undefined ? undefined : ms(Math.max(0, end - this.#clock.monotonic()));
  }
}
