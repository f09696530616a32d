/** The objects that resources refer to without owning them, such as credential Secrets: a change of one wakes whoever declared it. */
import type { ResourceType } from '../api/names.ts';
import type { Key } from '../base/key.ts';

export interface ObjectReference {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

export interface ReferencedObjects {
  /** Replaces everything that `dependant` declared before; an empty list ends it. */
  declare(dependant: Key, objects: readonly ObjectReference[]): void;
}
