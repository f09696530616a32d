/**
 * Counts the calls for the selected references: a batch reads several of one namespace and identity, all others are read one by one. Pure.
 */
import { batchSize } from '../../aws/batch-calls.ts';
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

export class RefreshCalls {
  readonly #isBatched: (tracked: TrackedReference) => boolean;
  /** Number of references selected for batches, by namespace and identity. */
  readonly #chosen = new Map<string, Map<IdentityKey, number>>();

  constructor(isBatched: (tracked: TrackedReference) => boolean) {
    this.#isBatched = isBatched;
  }

  /** Whether the reference needs one more call. */
  needsOneFor(tracked: TrackedReference): boolean {
    return !this.#isBatched(tracked) || this.#of(tracked) % batchSize(tracked.reference.identity.service) === 0;
  }

  add(tracked: TrackedReference): void {
    if (!this.#isBatched(tracked)) return;
    const ofNamespace = this.#chosen.get(tracked.namespace) ?? new Map<IdentityKey, number>();
    this.#chosen.set(tracked.namespace, ofNamespace);
    ofNamespace.set(tracked.identity, this.#of(tracked) + 1);
  }

  #of({ namespace, identity }: TrackedReference): number {
    return this.#chosen.get(namespace)?.get(identity) ?? 0;
  }
}
