/**
 * Dependants of the engine: objects that depend on references, of any controller. Their keys are strings, because they are keys of Maps
 * with thousands of entries. The key contains the controller, because objects of two kinds may have the same namespace and name. Pure.
 */
import type { KubeObject } from '../../api/object/object.ts';
import { type Key, keyOf, nameOf } from '../../base/key.ts';
import type { DependantKey } from '../port.ts';

export interface Dependant {
  /** Unique in the process: the group resource of the kind, `externalsecrets.keytender.dev`. */
  readonly controller: string;
  readonly key: Key;
}

/** `controller` must not contain a space. Names in Kubernetes contain no space, so the string is unambiguous. */
export function dependantKey(controller: string, key: Key): DependantKey {
  return `${controller} ${key}` as DependantKey;
}

export function dependantOf(dependant: DependantKey): Dependant {
  const space = dependant.indexOf(' ');
  return { controller: dependant.slice(0, space), key: dependant.slice(space + 1) as Key };
}

/** The dependants for these objects of one controller, without those that this process does not work on. */
export function* dependantsAmong(
  objects: Iterable<Pick<KubeObject, 'metadata'>>,
  controller: string,
  owns: (key: Key) => boolean,
): Iterable<DependantKey> {
  for (const { metadata } of objects) {
    const key = keyOf(metadata.namespace ?? '', metadata.name);
    if (owns(key)) yield dependantKey(controller, key);
  }
}

/** Empty for a cluster-scoped object. */
export function namespaceOf(dependant: DependantKey): string {
  return nameOf(dependantOf(dependant).key).namespace;
}
