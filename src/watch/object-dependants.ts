/** The dependants of each object. Notifies them when the version of the object changes. The watches are shared (object-versions.ts). */
import type { Key } from '../base/key.ts';
import type { ObjectVersions } from './object-versions.ts';
import type { ObjectReference, ObjectVersion, ReferencedObjects } from './port.ts';

/** first: the first version that the dependant gets. same: a restarted watch has found the known version. */
export type VersionChange = 'first' | 'changed' | 'same';

export interface ObjectDependantsOptions {
  readonly versions: Pick<ObjectVersions, 'follow'>;
  /**
   * Called after each change, and once with the first version for each dependant, because the object may have changed between the read by
   * the dependant and the watch.
   */
  readonly onVersion: (object: ObjectReference, version: ObjectVersion, dependants: readonly Key[], observation: VersionChange) => void;
  /** No resource depends on the object any more. */
  readonly onForgotten: (object: ObjectReference) => void;
}

interface Followed {
  readonly object: ObjectReference;
  readonly dependants: Set<Key>;
  end: () => void;
  /** Absent until the first version is known. */
  last?: { readonly version: ObjectVersion };
}

export class ObjectDependants implements ReferencedObjects {
  readonly #options: ObjectDependantsOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #declared = new Map<Key, ReadonlyMap<string, ObjectReference>>();

  constructor(options: ObjectDependantsOptions) {
    this.#options = options;
  }

  /** Number of objects that have dependants. */
  get size(): number {
    return this.#followed.size;
  }

  declare(dependant: Key, objects: readonly ObjectReference[]): void {
    const next = new Map(objects.map((object) => [idOf(object), object]));
    const before = this.#declared.get(dependant) ?? new Map<string, ObjectReference>();
    for (const id of before.keys()) if (!next.has(id)) this.#release(id, dependant);
    for (const [id, object] of next) if (!before.has(id)) this.#acquire(id, object, dependant);
    if (next.size === 0) this.#declared.delete(dependant);
    else this.#declared.set(dependant, next);
  }

  #acquire(id: string, object: ObjectReference, dependant: Key): void {
    const existing = this.#followed.get(id);
    if (existing !== undefined) {
      existing.dependants.add(dependant);
      if (existing.last !== undefined) this.#options.onVersion(object, existing.last.version, [dependant], 'first');
      return;
    }
    const followed: Followed = { object, dependants: new Set([dependant]), end: () => undefined };
    this.#followed.set(id, followed);
    followed.end = this.#options.versions.follow(object, (version) => this.#tell(followed, version));
  }

  #release(id: string, dependant: Key): void {
    const followed = this.#followed.get(id);
    followed?.dependants.delete(dependant);
    if (followed === undefined || followed.dependants.size > 0) return;
    followed.end();
    this.#followed.delete(id);
    this.#options.onForgotten(followed.object);
  }

  #tell(followed: Followed, version: ObjectVersion): void {
    const { object, dependants, last } = followed;
    followed.last = { version };
    const observation = last === undefined ? 'first' : last.version === version ? 'same' : 'changed';
    this.#options.onVersion(object, version, [...dependants], observation);
  }
}

function idOf({ type, namespace, name }: ObjectReference): string {
  return `${type.group}/${type.plural}/${namespace}/${name}`;
}
