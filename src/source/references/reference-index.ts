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

  /**
   * References under the names of the change, without duplicates, and whether it concerns them. A reference without refreshes is not read
   * for an event either. One name may have tens of thousands; the caller may pause between two, and the index may change meanwhile.
   */
  *candidates(change: Change): Generator<{ readonly tracked: TrackedReference; readonly isConcerned: boolean }> {
    const earlier: ReadonlySet<TrackedReference>[] = [];
    for (const term of changeTerms(change)) {
      const found = this.#byTerm.get(term);
      if (found === undefined) continue;
      for (const tracked of found) {
        const isConcerned =
          !tracked.isUnrefreshed && isAffected(tracked.reference, change) && !earlier.some((others) => others.has(tracked));
        yield { tracked, isConcerned };
      }
      earlier.push(found);
    }
  }

  /** References that the change concerns, also those without refreshes, without duplicates. */
  of(change: Change): readonly TrackedReference[] {
    const found = new Set<TrackedReference>();
    for (const term of changeTerms(change)) {
      for (const tracked of this.#byTerm.get(term) ?? []) if (isAffected(tracked.reference, change)) found.add(tracked);
    }
    return [...found];
  }
}
