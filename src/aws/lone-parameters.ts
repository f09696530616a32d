/**
 * Parameters that have failed a batch call: GetParameters answers nothing at all when one of its names is denied or cannot be decrypted. They are
 * read alone until that succeeds.
 */
import { type Identity, identityKey } from './identity.ts';

/** What is forgotten is found again by splitting a batch once more. */
const MAX_REMEMBERED = 10_000;

export class LoneParameters {
  readonly #known = new Set<string>();

  has(identity: Identity, id: string): boolean {
    return this.#known.size > 0 && this.#known.has(keyOf(identity, id));
  }

  add(identity: Identity, id: string): void {
    this.#known.add(keyOf(identity, id));
    for (const oldest of this.#known) {
      if (this.#known.size <= MAX_REMEMBERED) break;
      this.#known.delete(oldest);
    }
  }

  delete(identity: Identity, id: string): void {
    if (this.#known.size > 0) this.#known.delete(keyOf(identity, id));
  }
}

function keyOf(identity: Identity, id: string): string {
  return `${identityKey(identity)} ${id}`;
}
