/**
 * How long a round waits for AWS before it makes room for others: a store that hangs must not take all workers. Whoever has made room once
 * waits to the end the next time, so that an answer which is never kept for it cannot send it round for ever.
 */
import { type Ms, ms } from '../../base/clock.ts';
import type { Key } from '../../base/key.ts';

const PATIENCE = ms(500);

export class Patience {
  readonly #madeRoom = new Set<Key>();

  /** Undefined: as long as it takes. */
  of(key: Key): Ms | undefined {
    return this.#madeRoom.delete(key) ? undefined : PATIENCE;
  }

  makesRoom(key: Key): void {
    this.#madeRoom.add(key);
  }

  forget(key: Key): void {
    this.#madeRoom.delete(key);
  }
}
