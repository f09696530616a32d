/**
 * Parameters that have failed a batch call. GetParameters returns no value at all if one of its names is denied or cannot be decrypted. These parameters are
 * read by single calls until such a call succeeds.
 */
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { type Identity, identityKey } from '../credentials/identity.ts';

/** A dropped parameter is found again when a batch fails and is split. */
const MAX_REMEMBERED = { total: 10_000, perOwner: 2_000 };

export class FailingParameters {
  readonly #known = new SharedMap<string, true>(MAX_REMEMBERED);

  has(identity: Identity, id: string): boolean {
    return this.#known.size > 0 && this.#known.get(keyOf(identity, id)) === true;
  }

  add(identity: Identity, id: string): void {
    this.#known.set(keyOf(identity, id), true, ownerOf(identity));
  }

  delete(identity: Identity, id: string): void {
    if (this.#known.size > 0) this.#known.delete(keyOf(identity, id));
  }
}

function ownerOf({ storeNamespace }: Identity): string {
  return storeNamespace ?? '';
}

function keyOf(identity: Identity, id: string): string {
  return `${identityKey(identity)} ${id}`;
}
