import { describe, expect, it } from '@jest/globals';
import { credentialReferences } from '../../../../src/reconcile/secret-store/credential-references.ts';
import { clusterStore, object, store } from '../../resolve/entries.ts';

const ref = (name: string, namespace?: string) => ({ name, key: 'k', ...(namespace !== undefined && { namespace }) });
const names = (made: Parameters<typeof credentialReferences>[0]) =>
  credentialReferences(made).map(({ type, namespace, name }) => `${type.kind} ${namespace}/${name}`);

const auth = (namespace?: string) => ({
  auth: { secretRef: { accessKeyIDSecretRef: ref('a', namespace), secretAccessKeySecretRef: ref('b', 'ops') } },
});

describe('credentialReferences', () => {
  it('names the Secrets and the ServiceAccount that a store uses', () => {
    const secretRef = { accessKeyIDSecretRef: ref('a'), secretAccessKeySecretRef: ref('b') };
    expect(names(store({ auth: { secretRef } }))).toEqual(['Secret team/a', 'Secret team/b']);
    expect(names(store({ auth: { secretRef: { ...secretRef, sessionTokenSecretRef: ref('c') } } }))).toHaveLength(3);
    expect(names(store({ auth: { jwt: { serviceAccountRef: { name: 'app' } } } }))).toEqual(['ServiceAccount team/app']);
    expect(names(store({}))).toEqual([]);
  });

  it('keeps a store in its namespace, and takes that of a cluster store from the reference', () => {
    expect(names(store(auth('kube-system')))).toEqual(['Secret team/a', 'Secret team/b']);
    expect(names(clusterStore(auth('ops')))).toEqual(['Secret ops/a', 'Secret ops/b']);
    expect(names(clusterStore(auth()))).toEqual(['Secret ops/b']);
  });

  it('finds them in a store that is wrong elsewhere, and nothing in one that is no store', () => {
    expect(names(store({ region: 7, auth: { jwt: { serviceAccountRef: { name: 'app' } } } }))).toEqual(['ServiceAccount team/app']);
    for (const spec of [undefined, null, 7, [], { provider: {} }])
      expect(names({ ...object('SecretStore', 'aws', 'team'), spec })).toEqual([]);
  });
});
