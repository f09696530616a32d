/**
 * Dependants of the engine: objects of any controller that depend on references. Their keys are strings, because they are keys of Maps with thousands
 * of entries; the controller is part of the key, because objects of two kinds may have one namespace and name. Pure.
 */
import type { KubeObject } from '../../api/object.ts';
import { type Key, keyOf, nameOf } from '../../base/key.ts';
import type { DependantKey } from '../port.ts';

export interface Dependant {
  /** Unique in the process: the group resource of the kind, `externalsecrets.keytender.dev`. */
  readonly controller: string;
  readonly key: Key;
}

/** `controller` must hold no space. Names in Kubernetes hold none, so the string is unambiguous. */
export function dependantKey(controller: string, key: Key): DependantKey {
  return `${controller} ${key}` as DependantKey;
}

export function dependantOf(dependant: DependantKey): Dependant {
  const space = dependant.indexOf(' ');
  return { controller: dependant.slice(0, space), key: dependant.slice(space + 1) as Key };
}

/** Those that objects of one controller are. */
export function* dependantsAmong(objects: Iterable<Pick<KubeObject, 'metadata'>>, controller: string): Iterable<DependantKey> {
  for (const { metadata } of objects) yield dependantKey(controller, keyOf(metadata.namespace ?? '', metadata.name));
}

/** Empty for an object that is in no namespace. */
export function namespaceOf(dependant: DependantKey): string {
  return nameOf(dependantOf(dependant).key).namespace;
}
