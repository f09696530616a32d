import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import type { StoreObject } from '../../../../src/api/schema/secret-store.ts';
import { identityKey } from '../../../../src/aws/credentials/identity.ts';
import { CredentialCache } from '../../../../src/resolve/credentials/credential-cache.ts';
import { resolveStore, resolveStoreRef, type ResolveStoreContext } from '../../../../src/resolve/store/resolve-store.ts';
import { Store } from '../../../../src/watch/store.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { clusterStore, object, store } from '../entries.ts';
import { messageFor } from '../../../../src/messages/message.ts';
import { tenantOf } from '../../../../src/messages/reader.ts';
import { said } from '../../../support/said.ts';

const open = new AbortController().signal;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function world(stores: readonly StoreObject[], namespaces: readonly KubeObject[] = [], allowOperatorIdentity = false) {
  const api = new MemoryApi();
  const context: ResolveStoreContext = {
    secretStores: filled(stores.filter(({ kind }) => kind === 'SecretStore')),
    clusterSecretStores: filled(stores.filter(({ kind }) => kind === 'ClusterSecretStore')),
    namespaces: filled(namespaces),
    credentials: new CredentialCache(api),
    allowOperatorIdentity,
  };
  return { api, context };
}

function filled<T extends KubeObject>(objects: readonly T[]): Store<T> {
  const made = new Store<T>();
  made.replace(objects);
  return made;
}

const keyRef = (key: string, namespace?: string) => ({ name: 'aws-key', key, ...(namespace !== undefined && { namespace }) });
const staticAuth = (namespace?: string) => ({
  auth: { secretRef: { accessKeyIDSecretRef: keyRef('id', namespace), secretAccessKeySecretRef: keyRef('secret', namespace) } },
});
const webAuth = { auth: { jwt: { serviceAccountRef: { name: 'app' } } } };

async function reasonOf(made: StoreObject, ref: object = {}, namespaces: readonly KubeObject[] = [], allow = false): Promise<string> {
  const { context } = world([made], namespaces, allow);
  const outcome = await resolveStoreRef({ name: 'aws', ...ref }, 'team', context, open);
  return outcome.ok ? 'ok' : outcome.failure.reason;
}

describe('resolveStoreRef', () => {
  it('finds the store of the kind that is meant', async () => {
    expect(await reasonOf(store({}), {}, [], true)).toBe('ok');
    expect(await reasonOf(store({}, 'other'), {}, [], true)).toBe('StoreNotFound');
    expect(await reasonOf(store({}), { kind: 'ClusterSecretStore' }, [], true)).toBe('StoreNotFound');
    expect(await reasonOf(clusterStore({}), { kind: 'ClusterSecretStore' })).toBe('ok');
    expect(await reasonOf(clusterStore({}))).toBe('StoreNotFound');
  });

  it("lets a tenant use the operator's own identity only when told to", async () => {
    expect(await reasonOf(store({}))).toBe('StoreNotReady');
    expect(await reasonOf({ ...store(staticAuth()), notKept: 1_000 })).toBe('StoreNotReady');
    expect(await reasonOf(store({}), {}, [], true)).toBe('ok');
  });

  it('checks who may use a ClusterSecretStore, before anything else is done with it', async () => {
    const kind = { kind: 'ClusterSecretStore' };
    const labelled = clusterStore({}, [{ namespaceSelector: { matchLabels: { tier: 'a' } } }]);
    expect(await reasonOf(labelled, kind, [object('Namespace', 'team', undefined, { labels: { tier: 'a' } })])).toBe('ok');
    expect(await reasonOf(labelled, kind, [object('Namespace', 'team', undefined, { labels: { tier: 'b' } })])).toBe(
      'StoreNamespaceDenied',
    );
    expect(await reasonOf(clusterStore(staticAuth('ops'), [{ namespaces: ['other'] }]), kind)).toBe('StoreNamespaceDenied');
    expect(await reasonOf(clusterStore({}, [{ namespaceRegexes: ['('] }]), kind)).toBe('StoreNotReady');
  });

  it('does not open a store to a namespace that is not known yet', async () => {
    const restricted = clusterStore({}, [{ namespaceSelector: { matchExpressions: [{ key: 'restricted', operator: 'DoesNotExist' }] } }]);
    const kind = { kind: 'ClusterSecretStore' };
    expect(await reasonOf(restricted, kind)).toBe('StoreNamespaceDenied');
    // Its labels were more than are kept.
    const unlabelled = object('Namespace', 'team');
    expect(await reasonOf(restricted, kind, [unlabelled])).toBe('StoreNamespaceDenied');
    const labelled = { ...unlabelled, metadata: { ...unlabelled.metadata, labels: { 'kubernetes.io/metadata.name': 'team' } } };
    expect(await reasonOf(restricted, kind, [labelled])).toBe('ok');
  });

  it('points to the store for what is wrong with it', async () => {
    expect(await reasonOf(store({ region: 7 }), {}, [], true)).toBe('StoreNotReady');
    expect(await reasonOf(store(staticAuth()))).toBe('StoreNotReady');
    expect(await reasonOf(store(webAuth))).toBe('StoreNotReady');
  });

  it('says itself what passes or what the operator lacks', async () => {
    const { api, context } = world([store(staticAuth())]);
    api.fault = () => 'forbidden';
    expect(await resolveStoreRef({ name: 'aws' }, 'team', context, open)).toMatchObject({ failure: { reason: 'Forbidden' } });
    api.fault = () => 'unavailable';
    expect(await resolveStoreRef({ name: 'aws' }, 'team', context, open)).toMatchObject({ failure: { reason: 'KubernetesUnavailable' } });
  });
});

describe('resolveStore', () => {
  it('takes the access key from Secrets, and is another identity when they change', async () => {
    const made = store({ ...staticAuth(), prefix: 'prod/' });
    const { api, context } = world([made]);
    const put = (secret: string): void =>
      api.put(builtin.secret, { metadata: { namespace: 'team', name: 'aws-key' }, data: { id: base64('AKIA'), secret: base64(secret) } });
    put('one');
    const first = await resolveStore(made, context, open);
    expect(first).toMatchObject({
      value: {
        kind: 'SecretStore',
        uid: 'uid-aws',
        generation: 3,
        prefix: 'prod/',
        identity: { region: 'eu-central-1', base: { kind: 'static' } },
      },
    });
    expect(JSON.stringify(first)).not.toMatch(/AKIA|one"/);
    put('two');
    const second = await resolveStore(made, { ...context, credentials: new CredentialCache(api) }, open);
    expect(first.ok && second.ok && identityKey(first.value.identity) !== identityKey(second.value.identity)).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ['a key that is missing', { id: 'QQ==' }],
    ['a key that is empty', { id: 'QQ==', secret: '' }],
  ])('refuses %s', async (_name, data) => {
    const made = store(staticAuth());
    const { api, context } = world([made]);
    api.put(builtin.secret, { metadata: { namespace: 'team', name: 'aws-key' }, data });
    expect(await resolveStore(made, context, open)).toMatchObject({
      failure: { reason: 'CredentialsMissing', message: 'Secret team/aws-key has no key "secret"' },
    });
  });

  it('takes a session token along', async () => {
    const { auth } = staticAuth();
    const made = store({ auth: { secretRef: { ...auth.secretRef, sessionTokenSecretRef: keyRef('token') } } });
    const { api, context } = world([made]);
    api.put(builtin.secret, { metadata: { namespace: 'team', name: 'aws-key' }, data: { id: 'QQ==', secret: 'QQ==', token: 'QQ==' } });
    const resolved = await resolveStore(made, context, open);
    expect(resolved).toHaveProperty('value.identity.base.sessionToken');
    expect(resolved).toHaveProperty('value.identity.base.origin.length', 3);
  });

  it('names to users of a ClusterSecretStore nothing that it refers to in another namespace', async () => {
    const auths = [staticAuth('vault'), { auth: { jwt: { serviceAccountRef: { name: 'reader', namespace: 'vault' } } } }];
    for (const auth of auths) {
      const { context } = world([clusterStore(auth)]);
      const failed = await resolveStoreRef({ kind: 'ClusterSecretStore', name: 'aws' }, 'team', context, open);
      const message = failed.ok ? '' : messageFor(failed.failure, tenantOf('team'));
      expect(message).toMatch(/^ClusterSecretStore "aws" cannot be used; the conditions of the store say why$/);
      const own = await resolveStore(clusterStore(auth), context, open);
      expect(own.ok ? '' : said(own.failure)).toContain('vault');
    }
  });

  it('gives the same identity object each time, and an equal one to stores of other namespaces that mean the same', async () => {
    const provider = { role: 'arn:aws:iam::123456789012:role/reader' };
    const one = store(provider, 'team');
    const { context } = world([one, store(provider, 'other')], [], true);
    const identityIn = async (namespace: string) => {
      const resolved = await resolveStoreRef({ name: 'aws' }, namespace, context, open);
      return resolved.ok ? resolved.value.identity : undefined;
    };
    const first = await identityIn('team');
    expect(first?.roles).toHaveLength(1);
    expect(await identityIn('team')).toBe(first);
    const other = await identityIn('other');
    expect(other?.storeNamespace).toBe('other');
    expect(other && identityKey(other)).toBe(first && identityKey(first));
  });

  it('takes the web identity of a ServiceAccount', async () => {
    const made = store(webAuth);
    const { api, context } = world([made]);
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/app' };
    api.put(builtin.serviceAccount, { metadata: { namespace: 'team', name: 'app', annotations } });
    expect(await resolveStore(made, context, open)).toMatchObject({
      value: { identity: { base: { kind: 'web-identity', namespace: 'team' } } },
    });
  });

  it('never follows a reference out of its namespace, whatever an old schema let in', async () => {
    for (const aws of [staticAuth('kube-system'), { auth: { jwt: { serviceAccountRef: { name: 'app', namespace: 'kube-system' } } } }]) {
      const made = store(aws);
      const { context } = world([made]);
      expect(await resolveStore(made, context, open)).toMatchObject({ failure: { reason: 'InvalidSpec' } });
    }
    const made = clusterStore(staticAuth());
    expect(await resolveStore(made, world([made]).context, open)).toMatchObject({ failure: { reason: 'InvalidSpec' } });
  });

  it.each([
    ['no way to sign in', { auth: {} }],
    ['two ways to sign in', { auth: { ...staticAuth().auth, ...webAuth.auth } }],
    ['no region', { region: undefined }],
  ])('refuses %s', async (_name, aws) => {
    const made = store(aws);
    expect(await resolveStore(made, world([made], [], true).context, open)).toMatchObject({ failure: { reason: 'InvalidSpec' } });
  });
});
