/** The parts of Kubernetes objects that Keytender reads, as raw JSON. Other fields are not typed. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object in the operator's cache whose kind has a budget of memory: an ExternalSecret, a store, a managed Secret, a workload. */
export interface OwnObject extends KubeObject {
  /**
   * Set if the object exceeds the share of memory of its namespace: its estimated size in bytes. Little more than its name is kept, and
   * nothing else is known about it.
   */
  readonly notKept?: number;
}

/** A Secret that was read from the API server. `data` is base64, as in the API. It is not kept after the function that reads it. */
export interface SecretObject extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

/** Whether the object is in a namespace. */
export function isNamespaced({ metadata: { namespace } }: Pick<KubeObject, 'metadata'>): boolean {
  return namespace !== undefined && namespace !== '';
}

/** `uid/resourceVersion`: equal for two reads of an object only if the object is the same and has not changed between them. */
export function versionOf({ metadata: { uid, resourceVersion } }: Pick<KubeObject, 'metadata'>): string {
  return `${uid}/${resourceVersion}`;
}

/** The value of a key in a map from the cluster. Only own properties count, so that a key such as `constructor` is an ordinary key. */
export function valueIn<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
