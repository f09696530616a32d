/** What is known of the cluster without asking: the stores that reflectors keep up to date. */
import type { KubeObject } from '../api/object.ts';
import type { Key } from '../base/key.ts';

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: T;
  /** The object before, for modified. */
  readonly before?: T;
}

export interface ObjectStore<T extends KubeObject> {
  get(key: Key): T | undefined;
  list(): Iterable<T>;
  /** The objects for which the named index gives `value`. */
  byIndex(index: string, value: string): readonly T[];
}
