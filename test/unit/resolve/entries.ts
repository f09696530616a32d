/** Entries and stores for the tests of this folder. */
import type { RemoteRef } from '../../../src/api/external-secret.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import type { StoreObject } from '../../../src/api/secret-store.ts';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import type { ResolvedStore } from '../../../src/resolve/resolve-store.ts';
import { planReferences, type Entry, type StoreOfEntry } from '../../../src/resolve/plan-references.ts';

export const identity: Identity = { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [] };

/** The one store of all entries. */
export function onlyStore(facts: Partial<ResolvedStore> = {}): StoreOfEntry {
  const store = { kind: 'SecretStore', name: 's', uid: 'uid-s', generation: 1, prefix: '', identity, ...facts } as const;
  return () => store;
}

export function single(secretKey: string, remoteRef: RemoteRef): Entry {
  return planReferences({ secretStoreRef: { name: 's' }, data: [{ secretKey, remoteRef }] }, onlyStore())[0]!;
}

export function extracted(remoteRef: RemoteRef): Entry {
  return planReferences({ secretStoreRef: { name: 's' }, dataFrom: [{ extract: remoteRef }] }, onlyStore())[0]!;
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
