// ClusterSecretStores: their users, and the operator's own identity. The only file whose operator watches them, because they have no
// namespace.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeNamespace, type TestNamespace } from '../../support/control-plane/namespace.ts';
import { Objects } from '../../support/operator/objects.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf, type AnyObject } from '../../support/operator/objects.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

const PATH = '/apis/keytender.dev/v1/clustersecretstores';
const run = randomBytes(4).toString('hex');

let scene: Scene;
/** Of another tenant; the same operator serves it. */
let neighbour: TestNamespace;
const made = new Set<string>();

beforeAll(async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAOPERATOR00000000', AWS_SECRET_ACCESS_KEY: 'operator-secret-key', AWS_REGION: 'eu-central-1' };
  scene = await openScene('cluster-store', { clusterStores: true, env, start: false });
  neighbour = await makeNamespace(scene.controlPlane, 'cluster-store-neighbour');
  await scene.startOperator([`--namespaces=${neighbour.name}`]);
  scene.createSecret('store/shared');
}, 120_000);

afterAll(async () => {
  for (const name of made) await scene.controlPlane.api.send({ method: 'DELETE', path: `${PATH}/${name}` });
  await neighbour?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

/** A store whose name no other run has. */
async function clusterStore(name: string, spec: object = {}, aws: object = {}): Promise<string> {
  const unique = `${name}-${run}`;
  made.add(unique);
  const provider = { aws: { service: 'SecretsManager', region: scene.aws.defaultRegion, ...aws } };
  const body = { apiVersion: 'keytender.dev/v1', kind: 'ClusterSecretStore', metadata: { name: unique }, spec: { provider, ...spec } };
  const { status, body: answer } = await scene.controlPlane.api.send({ method: 'POST', path: PATH, body });
  if (status !== 201) throw new Error(`HTTP ${status} ${JSON.stringify(answer)}`);
  return unique;
}

async function patchStore(name: string, spec: object): Promise<void> {
  const { status } = await scene.controlPlane.api.send({
    method: 'PATCH',
    path: `${PATH}/${name}`,
    body: { spec },
    contentType: 'application/merge-patch+json',
  });
  expect(status).toBe(200);
}

const untilStore = (name: string, reason: string): Promise<AnyObject> =>
  waitUntil(`${name} is ${reason}`, async () => {
    const { body } = await scene.controlPlane.api.send({ path: `${PATH}/${name}` });
    return readyOf(body as AnyObject)?.reason === reason && (body as AnyObject);
  });

async function label(labels: Readonly<Record<string, string | null>>): Promise<void> {
  const path = `/api/v1/namespaces/${scene.namespace}`;
  const body = { metadata: { labels } };
  const { status } = await scene.controlPlane.api.send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  expect(status).toBe(200);
}

function using(store: string): object {
  return {
    secretStoreRef: { name: store, kind: 'ClusterSecretStore' },
    data: [{ secretKey: 'value', remoteRef: { key: 'store/shared' } }],
  };
}

const reasonIs =
  (reason: string) =>
  (object: AnyObject): boolean =>
    readyOf(object)?.reason === reason;

describe('a ClusterSecretStore', () => {
  it("may use the operator's own identity, and serves every namespace by default", async () => {
    const name = await clusterStore('open');
    const ready = await untilStore(name, 'StoreValid');
    expect(ready.status?.['identity']).toBe('operator identity');
    await scene.objects.externalSecret('open', using(name));
    await scene.objects.untilReason('open', 'SecretSynced');
    expect(scene.aws.calls.entries.at(-1)?.accessKeyId).toBe('AKIAOPERATOR00000000');
  });

  it('that appears later wakes its ExternalSecrets', async () => {
    const name = `later-${run}`;
    await scene.objects.externalSecret('later', using(name));
    const failed = await scene.objects.untilReason('later', 'StoreNotFound');
    expect(readyOf(failed)?.message).toContain(`ClusterSecretStore "${name}" does not exist`);
    await clusterStore('later');
    await scene.objects.untilReason('later', 'SecretSynced', 5_000);
  });

  it('takes its access key from the namespace that it names', async () => {
    const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount });
    await scene.objects.create('secrets', {
      metadata: { name: 'shared-key' },
      stringData: { id: key.accessKeyId, secret: key.secretAccessKey },
    });
    const ref = { name: 'shared-key', namespace: scene.namespace };
    const secretRef = { accessKeyIDSecretRef: { ...ref, key: 'id' }, secretAccessKeySecretRef: { ...ref, key: 'secret' } };
    const name = await clusterStore('keyed', {}, { auth: { secretRef } });
    const ready = await untilStore(name, 'StoreValid');
    expect(ready.status?.['identity']).toBe(key.accessKeyId);
    await scene.objects.delete('secrets', 'shared-key');
    await untilStore(name, 'CredentialsMissing');
  });
});

describe('the conditions of a ClusterSecretStore', () => {
  it('by name: a namespace that is not listed is refused, and served as soon as it is', async () => {
    const name = await clusterStore('listed', { conditions: [{ namespaces: ['somewhere-else'] }] });
    await scene.objects.externalSecret('listed', using(name));
    const denied = await scene.objects.untilReason('listed', 'StoreNamespaceDenied');
    expect(readyOf(denied)?.message).toContain(`ClusterSecretStore "${name}" may not be used from namespace ${scene.namespace}`);
    await patchStore(name, { conditions: [{ namespaces: [scene.namespace] }] });
    await scene.objects.untilReason('listed', 'SecretSynced', 5_000);
    await patchStore(name, { conditions: [{ namespaces: ['somewhere-else'] }] });
    await untilObject(scene, 'externalsecrets', 'listed', reasonIs('StoreNamespaceDenied'), 5_000);
    expect(Object.keys((await scene.objects.values('listed')) ?? {})).toEqual(['value']);
  });

  it('by label: a label that comes or goes wakes', async () => {
    const name = await clusterStore('labelled', { conditions: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] });
    await scene.objects.externalSecret('labelled', using(name));
    await scene.objects.untilReason('labelled', 'StoreNamespaceDenied');
    await label({ team: 'a' });
    await scene.objects.untilReason('labelled', 'SecretSynced', 5_000);
    await label({ team: null });
    await untilObject(scene, 'externalsecrets', 'labelled', reasonIs('StoreNamespaceDenied'), 5_000);
  });

  it.each([
    [
      'matchExpressions',
      [{ namespaceSelector: { matchExpressions: [{ key: 'no-such-label', operator: 'DoesNotExist' }] } }],
      'SecretSynced',
    ],
    ['an expression for the whole name', [{ namespaceRegexes: ['cluster-store-[0-9a-f]+'] }], 'SecretSynced'],
    ['an expression for a part of the name', [{ namespaceRegexes: ['cluster-store'] }], 'StoreNamespaceDenied'],
    ['one of several', [{ namespaces: ['somewhere-else'] }, { namespaceRegexes: ['.*'] }], 'SecretSynced'],
    ['an expression that would never end', [{ namespaceRegexes: ['(([a-z-]+)+)+[!]'] }], 'StoreNamespaceDenied'],
  ])('by %s', async (title, conditions, reason) => {
    const id = title.toLowerCase().replaceAll(' ', '-');
    const name = await clusterStore(id, { conditions });
    await scene.objects.externalSecret(id, using(name));
    await scene.objects.untilReason(id, reason, 5_000);
  });

  it('with an expression that is none say so on the store, and let nobody in', async () => {
    const name = await clusterStore('no-expression', {
      conditions: [{ namespaceRegexes: ['(?=lookahead)'] }, { namespaces: [scene.namespace] }],
    });
    const broken = await untilStore(name, 'InvalidSpec');
    expect(readyOf(broken)?.message).toContain('namespaceRegexes "(?=lookahead)": it is not an RE2 expression');
    await scene.objects.externalSecret('no-expression', using(name));
    await scene.objects.untilReason('no-expression', 'StoreNotReady');
  });
});

describe('the allowedKeys of a ClusterSecretStore', () => {
  const reading = (store: string, ...keys: readonly string[]): object => ({
    secretStoreRef: { name: store, kind: 'ClusterSecretStore' },
    data: keys.map((key, index) => ({ secretKey: `k${index}`, remoteRef: { key } })),
  });

  it('let each namespace read its own, also where another has just read the same, by name and by ARN', async () => {
    const [own, foreign] = [scene.namespace, neighbour.name];
    const [ownArn, foreignArn] = [own, foreign].map((namespace) => scene.aws.secrets().create(`${namespace}/db`, scene.canaryValue()).arn);
    const place = ownArn!.split(':').slice(0, 6).join(':');
    const name = await clusterStore('bounded', { allowedKeys: ['${namespace}/*', `${place}:\${namespace}/*`] });
    const theirs = new Objects(scene.controlPlane.api, foreign);
    await theirs.externalSecret('mine', reading(name, `${foreign}/db`, foreignArn!));
    await theirs.untilReason('mine', 'SecretSynced');

    const reads = (): number => scene.aws.calls.entries.length;
    await scene.objects.externalSecret('mine', reading(name, `${own}/db`, ownArn!));
    await scene.objects.untilReason('mine', 'SecretSynced');
    const before = reads();
    for (const [id, key] of [
      ['by-name', `${foreign}/db`],
      ['by-arn', foreignArn!],
      ['by-partial-arn', `${place}:${foreign}/db`],
      ['of-nobody', 'store/shared'],
    ] as const) {
      await scene.objects.externalSecret(id, reading(name, `${own}/db`, key));
      const refused = await scene.objects.untilReason(id, 'KeyNotAllowed', 5_000);
      expect(readyOf(refused)?.message).toMatch(/^data\[1\]: key "[^"]+" matches no spec.allowedKeys of ClusterSecretStore "bounded-/);
      expect(await scene.objects.values(id)).toBeUndefined();
    }
    expect(reads()).toBe(before);
  });

  it('that are narrowed leave the Secret as it was, and say why; widened again they serve', async () => {
    const name = await clusterStore('narrowed', { allowedKeys: ['*'] });
    await scene.objects.externalSecret('narrowed', reading(name, 'store/shared'));
    await scene.objects.untilReason('narrowed', 'SecretSynced');
    await patchStore(name, { allowedKeys: ['store/other'] });
    await untilObject(scene, 'externalsecrets', 'narrowed', reasonIs('KeyNotAllowed'), 5_000);
    expect(Object.keys((await scene.objects.values('narrowed')) ?? {})).toEqual(['k0']);
    await patchStore(name, { allowedKeys: ['store/share?'] });
    await untilObject(scene, 'externalsecrets', 'narrowed', reasonIs('SecretSynced'), 5_000);
  });
});

describe('the identity of a ClusterSecretStore that two namespaces use', () => {
  it('is closed for the one whose secrets AWS cannot answer for, and not for the other', async () => {
    const store = await clusterStore('common');
    const theirs = new Objects(scene.controlPlane.api, neighbour.name);
    const names = Array.from({ length: 20 }, (_, index) => `common-${index}`);
    for (const name of names) {
      scene.createSecret(name);
      scene.aws.inject({ secretId: name, fault: { kind: 'service-unavailable' } });
      await theirs.externalSecret(name, {
        secretStoreRef: { name: store, kind: 'ClusterSecretStore' },
        refreshInterval: '1s',
        data: [{ secretKey: 'value', remoteRef: { key: name } }],
      });
    }
    const closed = 'keytender_source_failing{scope="identity"}';
    await waitUntil('the identity is closed', async () => (await scene.operator.metric(closed)) === 1, { timeoutMs: 60_000 });
    const value = scene.createSecret('common-own');
    const remoteRef = { key: 'common-own' };
    await scene.objects.externalSecret('common', { ...using(store), data: [{ secretKey: 'value', remoteRef }] });
    await scene.objects.untilValues('common', { value }, 5_000);
    await theirs.untilReason(names[0] ?? '', 'AWSUnavailable');
  }, 120_000);
});
