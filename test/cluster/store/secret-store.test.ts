// SecretStores: the identity of reads, the status of the store, and every change of it enqueues its ExternalSecrets.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, staticAuth, type Scene } from '../../support/operator/scene.ts';
import { readyOf, type AnyObject } from '../../support/operator/objects.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('secret-store');
  scene.aws.switches.verifySignatures = true;
  scene.aws.switches.enforceIam = true;
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function using(store: string, key: string): object {
  return { secretStoreRef: { name: store }, data: [{ secretKey: 'value', remoteRef: { key } }] };
}

async function store(name: string, aws: object): Promise<void> {
  await scene.objects.create('secretstores', {
    metadata: { name },
    spec: { provider: { aws: { service: 'SecretsManager', region: scene.aws.defaultRegion, ...aws } } },
  });
}

async function keySecret(name: string, options: { readonly user?: string; readonly policies?: readonly object[] } = {}): Promise<string> {
  const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount, ...options });
  await scene.objects.create('secrets', { metadata: { name }, stringData: { id: key.accessKeyId, secret: key.secretAccessKey } });
  return key.accessKeyId;
}

const untilStore = (name: string, reason: string, timeoutMs?: number): ReturnType<typeof untilObject> =>
  untilObject(scene, 'secretstores', name, (object) => readyOf(object)?.reason === reason, timeoutMs);

function allow(action: string, resource: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
}

/** What one caller did in AWS, by operation. */
function callsBy(role: string): readonly string[] {
  return scene.aws.calls.entries.filter((entry) => entry.role === role).map(({ operation }) => operation);
}

describe('a store with an access key', () => {
  it('says as whom it reads', async () => {
    const id = await keySecret('key');
    await store('static', { auth: staticAuth('key') });
    const ready = await untilStore('static', 'StoreValid');
    expect(readyOf(ready)).toMatchObject({ status: 'True', message: `secrets are read as ${id}` });
    expect(ready.status?.['identity']).toBe(id);
    const value = scene.createSecret('store/static');
    await scene.objects.externalSecret('static', using('static', 'store/static'));
    await scene.objects.untilReason('static', 'SecretSynced');
    expect(await scene.objects.values('static')).toEqual({ value });
  });

  it('that does not exist is waited for', async () => {
    const value = scene.createSecret('store/late');
    await scene.objects.externalSecret('late', using('late', 'store/late'));
    const failed = await scene.objects.untilReason('late', 'StoreNotFound');
    expect(readyOf(failed)?.message).toBe('SecretStore "late" does not exist; create the store or correct spec.secretStoreRef');
    await keySecret('late-key');
    await store('late', { auth: staticAuth('late-key') });
    await scene.objects.untilReason('late', 'SecretSynced', 5_000);
    expect(await scene.objects.values('late')).toEqual({ value });
    await scene.objects.delete('secretstores', 'late');
    await scene.objects.untilReason('late', 'StoreNotFound', 5_000);
    expect(await scene.objects.values('late')).toEqual({ value });
  });

  it('that is applied a little later than its ExternalSecret is no failure', async () => {
    scene.createSecret('store/together');
    await keySecret('together-key');
    await scene.objects.externalSecret('together', using('together', 'store/together'));
    await store('together', { auth: staticAuth('together-key') });
    await scene.objects.untilReason('together', 'SecretSynced', 5_000);
    const told = async (): Promise<readonly unknown[]> =>
      (await scene.objects.list('events'))
        .map((event) => event as AnyObject & { readonly regarding: { readonly kind: string; readonly name: string } })
        .filter(({ regarding }) => regarding.kind === 'ExternalSecret' && regarding.name === 'together')
        .map(({ reason }) => reason);
    // Events are written in their order, so a warning would be there before the last of them.
    await waitUntil('its Event is written', async () => (await told()).includes('Created'));
    expect(await told()).toEqual(['Created']);
  });

  it('whose specification changes wakes its ExternalSecrets', async () => {
    await keySecret('moved-key');
    await store('moved', { auth: staticAuth('moved-key'), prefix: 'before/' });
    scene.createSecret('before/moved');
    const after = scene.createSecret('after/moved');
    await scene.objects.externalSecret('moved', using('moved', 'moved'));
    await scene.objects.untilReason('moved', 'SecretSynced');
    await scene.objects.patch('secretstores', 'moved', { spec: { provider: { aws: { prefix: 'after/' } } } });
    await scene.objects.untilValues('moved', { value: after }, 5_000);
  });

  it('whose key is missing says so, and wakes when it is created, changed and deleted', async () => {
    const value = scene.createSecret('store/credentials');
    await store('credentials', { auth: staticAuth('credentials-key') });
    await scene.objects.externalSecret('credentials', using('credentials', 'store/credentials'));
    const broken = await untilStore('credentials', 'CredentialsMissing');
    expect(readyOf(broken)?.message).toContain(`Secret ${scene.namespace}/credentials-key does not exist`);
    const failed = await scene.objects.untilReason('credentials', 'StoreNotReady');
    expect(readyOf(failed)?.message).toContain('SecretStore "credentials" cannot be used: Secret');
    await keySecret('credentials-key');
    await scene.objects.untilReason('credentials', 'SecretSynced', 5_000);
    expect(await scene.objects.values('credentials')).toEqual({ value });
    await untilStore('credentials', 'StoreValid', 5_000);
    // Half a key.
    await scene.objects.patch('secrets', 'credentials-key', { data: { secret: null } });
    const half = await untilStore('credentials', 'CredentialsMissing', 5_000);
    expect(readyOf(half)?.message).toContain(`Secret ${scene.namespace}/credentials-key has no key "secret"`);
    await untilObject(scene, 'externalsecrets', 'credentials', (object) => readyOf(object)?.reason === 'StoreNotReady', 5_000);
    // Another one.
    const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount });
    await scene.objects.patch('secrets', 'credentials-key', { stringData: { id: key.accessKeyId, secret: key.secretAccessKey } });
    await untilObject(scene, 'externalsecrets', 'credentials', (object) => readyOf(object)?.reason === 'SecretSynced', 5_000);
    const valid = await untilStore('credentials', 'StoreValid', 5_000);
    expect(valid.status?.['identity']).toBe(key.accessKeyId);
    await scene.objects.delete('secrets', 'credentials-key');
    await untilStore('credentials', 'CredentialsMissing', 5_000);
    await untilObject(scene, 'externalsecrets', 'credentials', (object) => readyOf(object)?.reason === 'StoreNotReady', 5_000);
    expect(await scene.objects.values('credentials')).toEqual({ value });
  });

  it('that AWS does not know any more is told apart from a missing permission', async () => {
    const id = await keySecret('revoked-key');
    await store('revoked', { auth: staticAuth('revoked-key') });
    scene.createSecret('store/revoked');
    await scene.objects.externalSecret('revoked', using('revoked', 'store/revoked'));
    await scene.objects.untilReason('revoked', 'SecretSynced');
    scene.aws.removeAccessKey(id);
    await forceSync(scene, 'revoked', 'now');
    await untilObject(scene, 'externalsecrets', 'revoked', (object) => readyOf(object)?.reason === 'CredentialsInvalid');
    await keySecret('poor-key', { user: 'poor', policies: [allow('secretsmanager:ListSecrets', '*')] });
    await store('poor', { auth: staticAuth('poor-key') });
    await scene.objects.externalSecret('poor', using('poor', 'store/revoked'));
    const denied = await scene.objects.untilReason('poor', 'AccessDenied');
    expect(readyOf(denied)?.message).toContain(
      'may not call secretsmanager:GetSecretValue for secret "store/revoked" in eu-central-1: no identity policy allows it; allow the call in a policy of the identity',
    );
  });

  it('in a region without the secret says where it looked', async () => {
    await keySecret('region-key');
    await store('region', { region: 'us-east-1', auth: staticAuth('region-key') });
    scene.createSecret('store/region');
    await scene.objects.externalSecret('region', using('region', 'store/region'));
    const failed = await scene.objects.untilReason('region', 'RemoteSecretNotFound');
    expect(readyOf(failed)?.message).toContain('secret "store/region" was not found in us-east-1');
  });
});

describe('a store with roles', () => {
  it('reads as the last of the chain, with external id and session tags, in one STS call each', async () => {
    const { defaultAccount: account } = scene.aws;
    const [first, last] = [`arn:aws:iam::${account}:role/first`, `arn:aws:iam::${account}:role/last`];
    const userPolicy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: '*' }],
    };
    await keySecret('chain-key', { user: 'chain', policies: [userPolicy] });
    scene.aws.addRole({ account, name: 'first', trust: { principals: [`arn:aws:iam::${account}:user/chain`] }, policies: [userPolicy] });
    scene.aws.addRole({
      account,
      name: 'last',
      trust: { principals: [first], externalId: 'shared-word', tagSession: true },
      policies: [allow('secretsmanager:GetSecretValue', '*'), allow('secretsmanager:BatchGetSecretValue', '*')],
    });
    await store('chain', {
      auth: staticAuth('chain-key'),
      additionalRoles: [first],
      role: last,
      externalID: 'shared-word',
      sessionTags: [{ key: 'team', value: 'a' }],
      transitiveTagKeys: ['team'],
    });
    const ready = await untilStore('chain', 'StoreValid');
    expect(ready.status?.['identity']).toBe(last);
    const names = Array.from({ length: 8 }, (_, index) => `chain-${index}`);
    const before = scene.aws.calls.count('AssumeRole');
    for (const name of names) scene.createSecret(`store/${name}`);
    await Promise.all(names.map((name) => scene.objects.externalSecret(name, using('chain', `store/${name}`))));
    await Promise.all(names.map((name) => scene.objects.untilReason(name, 'SecretSynced')));
    expect(scene.aws.calls.count('AssumeRole')).toBe(before);
    expect(callsBy(first)).toEqual(['AssumeRole']);
    expect(new Set(callsBy(last))).toEqual(
      new Set(['GetSecretValue', 'BatchGetSecretValue'].filter((name) => callsBy(last).includes(name))),
    );
    expect(callsBy(last).length).toBeGreaterThan(0);
  });

  it('that may not be assumed says so, on the store and on the ExternalSecret, until the trust is repaired', async () => {
    const { defaultAccount: account } = scene.aws;
    const role = `arn:aws:iam::${account}:role/guarded`;
    const trust = { principals: [account], externalId: 'right' };
    scene.aws.addRole({ account, name: 'guarded', trust, policies: [allow('secretsmanager:*', '*')] });
    await keySecret('guarded-key');
    await store('guarded', { auth: staticAuth('guarded-key'), role, externalID: 'wrong' });
    const value = scene.createSecret('store/guarded');
    await scene.objects.externalSecret('guarded', using('guarded', 'store/guarded'));
    const refused = await untilStore('guarded', 'AssumeRoleDenied');
    expect(readyOf(refused)?.message).toContain(
      `may not call sts:AssumeRole for role ${role} in eu-central-1: AWS does not say why; allow it to the caller, and check the trust policy`,
    );
    await scene.objects.untilReason('guarded', 'AssumeRoleDenied');
    await scene.objects.patch('secretstores', 'guarded', { spec: { provider: { aws: { externalID: 'right' } } } });
    await scene.objects.untilReason('guarded', 'SecretSynced', 5_000);
    await untilStore('guarded', 'StoreValid', 5_000);
    expect(await scene.objects.values('guarded')).toEqual({ value });
  });
});

describe('a store with a ServiceAccount', () => {
  it('exchanges its token for the role that its annotation names', async () => {
    const { defaultAccount: account } = scene.aws;
    const { serviceAccountIssuer: issuer, serviceAccountPublicKeyPem: keys } = scene.controlPlane.coordinates;
    scene.aws.addOidcProvider({ issuer, keys });
    const subject = `system:serviceaccount:${scene.namespace}:reader`;
    const role = scene.aws.addRole({
      account,
      name: 'web-reader',
      trust: { webIdentity: { issuer, subjects: [subject] } },
      policies: [allow('secretsmanager:GetSecretValue', '*')],
    });
    await store('web', { auth: { jwt: { serviceAccountRef: { name: 'reader' } } } });
    const value = scene.createSecret('store/web');
    await scene.objects.externalSecret('web', using('web', 'store/web'));
    await untilStore('web', 'CredentialsMissing');
    await scene.objects.create('serviceaccounts', { metadata: { name: 'reader' } });
    const bare = await untilObject(
      scene,
      'secretstores',
      'web',
      (object) => readyOf(object)?.message.includes('annotation') === true,
      5_000,
    );
    expect(readyOf(bare)?.message).toContain(`ServiceAccount ${scene.namespace}/reader has no annotation eks.amazonaws.com/role-arn`);
    await scene.objects.patch('serviceaccounts', 'reader', { metadata: { annotations: { 'eks.amazonaws.com/role-arn': role } } });
    await scene.objects.untilReason('web', 'SecretSynced', 5_000);
    const valid = await untilStore('web', 'StoreValid', 5_000);
    expect(valid.status?.['identity']).toBe(role);
    expect(await scene.objects.values('web')).toEqual({ value });
    expect(scene.aws.calls.count('AssumeRoleWithWebIdentity')).toBe(1);
  });
});

describe('a store that asks for a token which others than STS would take', () => {
  it.each([
    ['in its specification', 'named', { audiences: ['sts.amazonaws.com', 'https://kubernetes.default.svc'] }, {}],
    ["by the ServiceAccount's annotation", 'annotated', {}, { 'eks.amazonaws.com/audience': 'vault' }],
  ])('%s is refused, and says which flag would allow it', async (_, name, fields, annotations) => {
    const role = { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${scene.aws.defaultAccount}:role/any` };
    await scene.objects.create('serviceaccounts', { metadata: { name, annotations: { ...role, ...annotations } } });
    await store(name, { auth: { jwt: { serviceAccountRef: { name, ...fields } } } });
    const refused = await untilStore(name, 'TokenAudienceDenied');
    expect(readyOf(refused)?.message).toContain('--token-audiences');
    await scene.objects.externalSecret(name, using(name, 'store/any'));
    await scene.objects.untilReason(name, 'StoreNotReady');
  });
});

describe("a store without auth in a tenant's namespace", () => {
  it("may not use the operator's own identity", async () => {
    await store('borrowed', {});
    const refused = await untilStore('borrowed', 'OperatorIdentityDenied');
    expect(readyOf(refused)?.message).toContain('--allow-operator-identity');
    await scene.objects.externalSecret('borrowed', using('borrowed', 'store/any'));
    await scene.objects.untilReason('borrowed', 'StoreNotReady');
  });
});
