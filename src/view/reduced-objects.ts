/** Reduces objects from the API server to the parts that the operator keeps. Pure. */
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import { coreMetadata } from '../api/object/core-metadata.ts';
import { valueIn, type KubeObject } from '../api/object/object.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import { shortCopy } from '../base/excerpt.ts';
import type { Omitted } from '../kube/port.ts';

/** Values of the force-sync annotation are compared by their first 1,024 code points, which are at most 2,048 UTF-16 units. */
const MAX_FORCE_SYNC = 2_048;
/** Maximum length of all labels of a namespace or a workload, as JSON. */
const MAX_LABELS = 8 * 1024;

/** The metadata that the functions below do not use, so that it is not parsed. */
export const omittedOf = {
  externalSecret: omitting('labels', 'ownerReferences', 'finalizers', 'managedFields'),
  store: omitting('labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'),
  /** The metadata of the pod template, which holds the markers, is not omitted. */
  workload: omitting('labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'),
  /** With more labels, no selector finds the workload. */
  consumer: new Map([...omitting('finalizers', 'managedFields'), ['labels', MAX_LABELS]]),
  namespace: new Map([...omitting('annotations', 'ownerReferences', 'finalizers', 'managedFields'), ['labels', MAX_LABELS]]),
} as const satisfies Record<string, Omitted>;

function omitting(...members: readonly string[]): Omitted {
  return new Map(members.map((member) => [member, 0]));
}

/** Keeps only the annotation `forceSync`, because annotations of deployment tools may be larger than the rest of the object. */
export function reduceExternalSecret(raw: KubeObject, forceSync: string): ExternalSecretObject {
  const { apiVersion, kind, metadata, spec, status } = raw as ExternalSecretObject;
  const value = valueIn(metadata.annotations, forceSync);
  const core = coreMetadata(metadata);
  const kept = value === undefined ? core : { ...core, annotations: { [forceSync]: shortCopy(value, MAX_FORCE_SYNC) } };
  return status === undefined ? { apiVersion, kind, metadata: kept, spec } : { apiVersion, kind, metadata: kept, spec, status };
}

export function reduceStore(raw: KubeObject): StoreObject {
  const { apiVersion, kind, metadata, spec, status } = raw as StoreObject;
  const core = coreMetadata(metadata);
  return status === undefined ? { apiVersion, kind, metadata: core, spec } : { apiVersion, kind, metadata: core, spec, status };
}

/**
 * The labels of a namespace decide whether a ClusterSecretStore may be used in it. A namespace without labels has too many to keep, so they
 * are unknown. (The API server sets at least the label with the name of the namespace.)
 */
export function reduceNamespace({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { labels } = metadata;
  const kept = labels !== undefined && JSON.stringify(labels).length <= MAX_LABELS ? { labels } : {};
  return { apiVersion, kind, metadata: { ...coreMetadata(metadata), ...kept } };
}
