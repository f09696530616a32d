/** Entries and stores for the tests of this folder. */
import type { ExternalSecretSpec, RemoteRef } from '../../../src/api/schema/external-secret.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import type { ResolvedStore } from '../../../src/resolve/store/resolve-store.ts';
import { planReference, type Entry, type NamedReference } from '../../../src/resolve/entries/plan-references.ts';
import { referencesOf } from '../../../src/reconcile/external-secret/sources/references.ts';

export const identity: Identity = { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [] };

export type StoreOf = (named: NamedReference) => ResolvedStore;

/** The one store of all entries. */
export function onlyStore(facts: Partial<ResolvedStore> = {}): StoreOf {
  const store = { kind: 'SecretStore', name: 's', uid: 'uid-s', generation: 1, prefix: '', identity, ...facts } as const;
  return () => store;
}

/** The entries of a specification. */
export function planned(spec: ExternalSecretSpec, storeOf: StoreOf = onlyStore()): readonly Entry[] {
  return referencesOf(spec).map((named) => planReference(named, storeOf(named)));
}

export function single(secretKey: string, remoteRef: RemoteRef): Entry {
  return planned({ secretStoreRef: { name: 's' }, data: [{ secretKey, remoteRef }] })[0]!;
}

export function extracted(remoteRef: RemoteRef): Entry {
  return planned({ secretStoreRef: { name: 's' }, dataFrom: [{ extract: remoteRef }] })[0]!;
}

export function object(kind: string, name: string, namespace?: string, metadata: object = {}): KubeObject {
  const standard = { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 3 };
  return { apiVersion: 'v1', kind, metadata: { ...standard, ...(namespace === undefined ? {} : { namespace }), ...metadata } };
}

export function store(aws: object, namespace: string | undefined = 'team', conditions?: readonly object[]): StoreObject {
  const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1', ...aws } };
  const kind = namespace === undefined ? 'ClusterSecretStore' : 'SecretStore';
  return {
    ...object(kind, 'aws', namespace),
    apiVersion: 'keytender.dev/v1',
    spec: { provider, ...(conditions === undefined ? {} : { conditions }) },
  };
}

/** A ClusterSecretStore. */
export function clusterStore(aws: object, conditions?: readonly object[]): StoreObject {
  const made = store(aws, '', conditions);
  const { namespace: _none, ...metadata } = made.metadata;
  return { ...made, kind: 'ClusterSecretStore', metadata };
}
