/** Versions of objects of any type that other objects refer to by name. All references share one set of watches (see type-versions.ts). */
import type { ResourceType } from '../api/object/resource-type.ts';
import type { KubeFailure } from '../kube/port.ts';
import type { FollowedVersions, NamesListener, NamesView, ObjectReference, VersionListener } from './port.ts';
import { TypeVersions, type TypeVersionsOptions } from './type-versions.ts';

export interface ObjectVersionsOptions extends Pick<
  TypeVersionsOptions,
  'watcher' | 'clusterWide' | 'clock' | 'onError' | 'onDefect' | 'signal' | 'maxNames'
> {
  /** A field selector for the objects of a type. A reference to an object that it leaves out finds nothing. */
  readonly fieldSelectorOf?: (type: ResourceType) => string | undefined;
  /** With more namespaces, one watch covers all of them, if `clusterWide` allows it. Default: 20. */
  readonly maxNamespaces?: number;
  /** The list or watch of a type in a namespace ('': in all namespaces) failed; it is repeated. */
  readonly onFailure: (type: ResourceType, namespace: string, failure: KubeFailure) => void;
}

/**
 * Each watch is a connection to the API server. A watch over all namespaces is one connection, but receives the changes of all namespaces.
 */
const MAX_NAMESPACES = 20;

export class ObjectVersions implements FollowedVersions {
  readonly #options: ObjectVersionsOptions;
  readonly #types = new Map<string, TypeVersions>();

  constructor(options: ObjectVersionsOptions) {
    this.#options = options;
  }

  /** Number of open watches. */
  get watches(): number {
    return [...this.#types.values()].reduce((sum, type) => sum + type.watches, 0);
  }

  /** Calls `tell` at once with a known version, and after each list and change, until the returned function is called. */
  follow({ type, namespace, name }: ObjectReference, tell: VersionListener): () => void {
    return this.#versionsOf(type).follow(namespace, name, tell);
  }

  /** Keeps the names of all objects of the type in the namespace, until `end` is called. `tell` is called after this call has returned. */
  followNames(type: ResourceType, namespace: string, tell: NamesListener): { readonly names: NamesView; readonly end: () => void } {
    return this.#versionsOf(type).followNames(namespace, tell);
  }

  #versionsOf(type: ResourceType): TypeVersions {
    const id = `${type.group}/${type.plural}`;
    const existing = this.#types.get(id);
    if (existing !== undefined) return existing;
    const { onFailure, fieldSelectorOf, maxNamespaces = MAX_NAMESPACES, ...options } = this.#options;
    const versions = new TypeVersions({
      ...options,
      maxNamespaces,
      type,
      fieldSelector: fieldSelectorOf?.(type),
      onFailure: (namespace, failure) => onFailure(type, namespace, failure),
    });
    this.#types.set(id, versions);
    return versions;
  }
}
