/** Objects as they arrive -> what of them the operator keeps for as long as they exist. Pure. */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { coreMetadata } from '../api/core-metadata.ts';
import { names } from '../api/names.ts';
import { valueIn, type KubeObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';
import { shortCopy } from '../base/excerpt.ts';
import type { Omitted } from '../kube/port.ts';

/** A value of the force-sync annotation is compared by its first 1,024 characters, which are 2,048 units of UTF-16 at most. */
const MAX_FORCE_SYNC = 2_048;
/** Of all labels of a namespace, as JSON. */
const MAX_LABELS = 32 * 1024;

/** What the functions below do not look at, so that it need not be parsed. */
export const omittedOf = {
  externalSecret: omitting('labels', 'ownerReferences', 'finalizers', 'managedFields'),
  store: omitting('labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'),
  /** Those of its pod template, which hold the markers, are deeper. */
  workload: omitting('labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'),
  namespace: new Map([...omitting('annotations', 'ownerReferences', 'finalizers', 'managedFields'), ['labels', MAX_LABELS]]),
} as const satisfies Record<string, Omitted>;

function omitting(...members: readonly string[]): Omitted {
  return new Map(members.map((member) => [member, 0]));
}

/** Of the annotations the one that asks for a refresh: those of deployment tools may be larger than all else together. */
export function reduceExternalSecret(raw: KubeObject): ExternalSecretObject {
  const { apiVersion, kind, metadata, spec, status } = raw as ExternalSecretObject;
  const { forceSync } = names.annotations;
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
 * The labels of a namespace decide who may use a ClusterSecretStore. Without labels they are unknown: the API server gives each namespace at least
 * the one with its name, so they are missing only where they are too many to keep.
 */
export function reduceNamespace({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { labels } = metadata;
  const kept = labels !== undefined && JSON.stringify(labels).length <= MAX_LABELS ? { labels } : {};
  return { apiVersion, kind, metadata: { ...coreMetadata(metadata), ...kept } };
}
