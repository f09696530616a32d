/** Objects as they arrive -> what of them the operator keeps for as long as they exist. Pure. */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { coreMetadata } from '../api/core-metadata.ts';
import { names } from '../api/names.ts';
import { valueIn, type KubeObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';

/** Of the annotations the one that asks for a refresh: those of deployment tools may be larger than all else together. */
export function reduceExternalSecret(raw: KubeObject): ExternalSecretObject {
  const { apiVersion, kind, metadata, spec, status } = raw as ExternalSecretObject;
  const { forceSync } = names.annotations;
  const value = valueIn(metadata.annotations, forceSync);
  const core = coreMetadata(metadata);
  const kept = value === undefined ? core : { ...core, annotations: { [forceSync]: value } };
  return status === undefined ? { apiVersion, kind, metadata: kept, spec } : { apiVersion, kind, metadata: kept, spec, status };
}

export function reduceStore(raw: KubeObject): StoreObject {
  const { metadata, ...others } = raw as StoreObject;
  return { ...others, metadata: coreMetadata(metadata) };
}

/** The labels of a namespace decide who may use a ClusterSecretStore. */
export function reduceNamespace({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { labels } = metadata;
  return { apiVersion, kind, metadata: { ...coreMetadata(metadata), ...(labels === undefined ? {} : { labels }) } };
}
