/** The indexes that find the ExternalSecrets for a change of another object. Pure. Specifications may have another schema. */
import { z } from 'zod';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { KubeObject, ObjectMeta } from '../api/object/object.ts';
import { type Key, keyOf } from '../base/key.ts';
import { storeRefsIn } from '../api/schema/store-refs.ts';
import type { ObjectStore } from '../watch/port.ts';

const targetShape = z.object({ target: z.object({ name: z.string() }) });
const restartShape = z.object({ restart: z.object({ targets: z.array(z.object({ kind: z.string(), name: z.string().optional() })) }) });

/** `SecretStore/namespace/name` or `ClusterSecretStore//name`. */
export function storeId(kind: string, namespace: string, name: string): string {
  return `${kind}/${kind === 'ClusterSecretStore' ? '' : namespace}/${name}`;
}

/** `Deployment/namespace/name` */
export function workloadId(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** `Secret/namespace/name` or `ConfigMap/namespace/name`: what workloads consume. */
export function sourceId(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

export const externalSecretIndexes = {
  store: ({ metadata, spec }: ExternalSecretObject) =>
    storeRefsIn(spec).map(({ kind = 'SecretStore', name }) => storeId(kind, metadata.namespace ?? '', name)),

  /** Namespaces from which a ClusterSecretStore is used. */
  clusterStoreNamespace: ({ metadata, spec }: ExternalSecretObject) =>
    storeRefsIn(spec).some(({ kind }) => kind === 'ClusterSecretStore') ? [metadata.namespace ?? ''] : [],

  target: ({ metadata, spec }: ExternalSecretObject) => {
    const parsed = targetShape.safeParse(spec);
    return [`${metadata.namespace ?? ''}/${parsed.success ? parsed.data.target.name : metadata.name}`];
  },

  restartTarget: ({ metadata, spec }: ExternalSecretObject) => {
    const parsed = restartShape.safeParse(spec);
    if (!parsed.success) return [];
    const { namespace = '' } = metadata;
    return parsed.data.restart.targets.flatMap(({ kind, name }) => (name === undefined ? [] : [workloadId(kind, namespace, name)]));
  },

  /** `Deployment/namespace`, for targets that are selected by labels. */
  restartSelector: ({ metadata, spec }: ExternalSecretObject) => {
    const parsed = restartShape.safeParse(spec);
    if (!parsed.success) return [];
    return parsed.data.restart.targets.flatMap(({ kind, name }) => (name === undefined ? [`${kind}/${metadata.namespace ?? ''}`] : []));
  },
};

/** uids of the ExternalSecrets that name a Secret as their target. */
export function writersOf({ namespace = '', name }: ObjectMeta, externalSecrets: ObjectStore<ExternalSecretObject>): ReadonlySet<string> {
  return new Set(externalSecrets.byIndex('target', `${namespace}/${name}`).map(({ metadata }) => metadata.uid));
}

/** The same. There may be ten thousand for one Secret, and each of its changes asks for them: they are collected once while no ExternalSecret changes. */
export class WritersOfSecrets {
  readonly #known = new Map<Key, ReadonlySet<string>>();
  /** The state of the store for which they were collected. */
  #of: { readonly store: unknown; readonly revision: number } | undefined;

  of(secret: ObjectMeta, externalSecrets: ObjectStore<ExternalSecretObject>): ReadonlySet<string> {
    const { revision } = externalSecrets;
    if (this.#of?.store !== externalSecrets || this.#of.revision !== revision) {
      this.#known.clear();
      this.#of = { store: externalSecrets, revision };
    }
    const id = keyOf(secret.namespace ?? '', secret.name);
    const writers = this.#known.get(id) ?? writersOf(secret, externalSecrets);
    // To find a single one again is as fast as a Map.
    if (writers.size > 1) this.#known.set(id, writers);
    return writers;
  }
}

/** uid of the controller that owns an object. */
export function controllerOf({ metadata }: KubeObject): readonly string[] {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return controller === undefined ? [] : [controller.uid];
}
