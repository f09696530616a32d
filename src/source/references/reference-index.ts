/** References by the names in events. */
import type { TrackedReference } from './tracked-reference.ts';
import type { Change } from './change.ts';
import { changeTerms, indexTerms, isAffected } from './affected-references.ts';

export class ReferenceIndex {
  /** Most names have one reference, and a Set for each would take more memory than all else in the index. */
  readonly #byTerm = new Map<string, TrackedReference | Set<TrackedReference>>();

  add(tracked: TrackedReference): void {
    for (const term of indexTerms(tracked.reference)) {
      const found = this.#byTerm.get(term);
      if (found instanceof Set) found.add(tracked);
      else if (found !== tracked) this.#byTerm.set(term, found === undefined ? tracked : new Set([found, tracked]));
    }
  }

  delete(tracked: TrackedReference): void {
    for (const term of indexTerms(tracked.reference)) {
      const found = this.#byTerm.get(term);
      if (found instanceof Set) found.delete(tracked);
      if (found === tracked || (found instanceof Set && found.size === 0)) this.#byTerm.delete(term);
    }
  }

  /**
   * References under the names of the change, without duplicates, and whether it concerns them. A reference without refreshes is not read
   * for an event either. One name may have tens of thousands; the caller may pause between two, and the index may change meanwhile.
   */
  *candidates(change: Change): Generator<{ readonly tracked: TrackedReference; readonly isConcerned: boolean }> {
    const earlier: ReadonlySet<TrackedReference>[] = [];
    for (const term of changeTerms(change)) {
      const found = this.#under(term);
      for (const tracked of found) {
        const isConcerned =
          !tracked.isUnrefreshed && isAffected(tracked.reference, change) && !earlier.some((others) => others.has(tracked));
        yield { tracked, isConcerned };
      }
      earlier.push(found);
    }
  }

  /**
   * References that the change concerns, also those without refreshes, without duplicates. Only those that meet the condition are compared with the change,
   * because tens of thousands take tens of milliseconds if they are named by ARN.
   */
  of(change: Change, meets: (tracked: TrackedReference) => boolean): readonly TrackedReference[] {
    const found = new Set<TrackedReference>();
    for (const term of changeTerms(change)) {
      for (const tracked of this.#under(term)) if (meets(tracked) && isAffected(tracked.reference, change)) found.add(tracked);
    }
    return [...found];
  }

  #under(term: string): ReadonlySet<TrackedReference> {
    const found = this.#byTerm.get(term);
    if (found instanceof Set) return found;
    return new Set(found === undefined ? [] : [found]);
  }
}
