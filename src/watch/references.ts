/** References to objects of one type, by namespace and name. Pure data. */

import type { ObjectVersion, VersionListener } from './port.ts';

export interface Reference {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: Set<VersionListener>;
  /** Absent until a list, an event or a lookup has returned the version. */
  known?: { readonly version: ObjectVersion };
  /**
   * Whether an object that is missing from the next list does not exist. False while that list may have begun before the reference was
   * made, because the object may have been created between the two.
   */
  provable: boolean;
  /** Ends the lookup in progress. */
  endLookup?: () => void;
}

/** Stands for all namespaces. */
export const CLUSTER = '';

export class References {
  readonly #byNamespace = new Map<string, Map<string, Reference>>();

  /** Whether there is no reference at all. */
  get isEmpty(): boolean {
    return this.#byNamespace.size === 0;
  }

  hasAny(namespace: string): boolean {
    return this.#byNamespace.has(namespace);
  }

  find(namespace: string, name: string): Reference | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  /** The references in a namespace, or all references for CLUSTER. */
  in(scope: string): readonly Reference[] {
    const namespaces = scope === CLUSTER ? [...this.#byNamespace.values()] : [this.#byNamespace.get(scope)];
    return namespaces.flatMap((references) => [...(references?.values() ?? [])]);
  }

  add(reference: Reference): void {
    const { namespace, name } = reference;
    const inNamespace = this.#byNamespace.get(namespace) ?? new Map<string, Reference>();
    this.#byNamespace.set(namespace, inNamespace);
    inNamespace.set(name, reference);
  }

  /** Whether it was the last one in its namespace. Undefined if it had been removed before. */
  remove(reference: Reference): { readonly wasLast: boolean } | undefined {
    const { namespace, name } = reference;
    const inNamespace = this.#byNamespace.get(namespace);
    if (inNamespace?.get(name) !== reference) return undefined;
    inNamespace.delete(name);
    if (inNamespace.size > 0) return { wasLast: false };
    this.#byNamespace.delete(namespace);
    return { wasLast: true };
  }
}
