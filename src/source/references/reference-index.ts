/** References by the names in events. */
import type { TrackedReference } from './tracked-reference.ts';
import type { Change } from './change.ts';
import { changeTerms, indexTerms, isAffected } from './affected-references.ts';

export class ReferenceIndex {
  readonly #byTerm = new Map<string, Set<TrackedReference>>();

  add(tracked: TrackedReference): void {
    for (const term of indexTerms(tracked.reference)) {
      const found = this.#byTerm.get(term);
      if (found === undefined) this.#byTerm.set(term, new Set([tracked]));
      else found.add(tracked);
    }
  }

  delete(tracked: TrackedReference): void {
    for (const term of indexTerms(tracked.reference)) {
      const found = this.#byTerm.get(term);
      found?.delete(tracked);
      if (found?.size === 0) this.#byTerm.delete(term);
    }
  }

  /** References that the change concerns, without duplicates. A reference without refreshes is not read for an event either. */
  affectedBy(change: Change): readonly TrackedReference[] {
    return this.of(change).filter(({ isUnrefreshed: isOnlyWatched }) => !isOnlyWatched);
  }

  /** The same with references without refreshes. */
  of(change: Change): readonly TrackedReference[] {
    const found = new Set<TrackedReference>();
    for (const term of changeTerms(change)) {
      for (const tracked of this.#byTerm.get(term) ?? []) if (isAffected(tracked.reference, change)) found.add(tracked);
    }
    return [...found];
  }
}
