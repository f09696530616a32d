/** The parts of Kubernetes objects that Keytender reads, as raw JSON; everything else passes through untouched. */

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

/** An ExternalSecret or a store as the operator keeps it. */
export interface OwnObject extends KubeObject {
  /** Estimated bytes, of one that is more than its namespace may have kept: only its name and what it names are known, and it is not worked on. */
  readonly notKept?: number;
}

/** A live Secret. `data` is base64, as on the wire; it never leaves the function that reads it. */
export interface SecretObject extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

/** The value of a map from the cluster; own properties only, so that a key named like a prototype's member is just a key. */
export function valueIn<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
