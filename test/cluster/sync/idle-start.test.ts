// An operator that starts with everything in place makes no call to AWS and no write.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { untilCaughtUp } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  // Namespaced stores may use the operator's own identity here.
  const env = { AWS_ACCESS_KEY_ID: 'AKIAOPERATOR00000000', AWS_SECRET_ACCESS_KEY: 'operator-secret-key' };
  scene = await openScene('standing-still', { env, flags: ['--allow-operator-identity', '--default-refresh-interval=8760h'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

it('a restart with everything in place makes no call to AWS and no write', async () => {
  await scene.objects.create('secretstores', {
    metadata: { name: 'own' },
    spec: { provider: { aws: { service: 'SecretsManager', region: scene.aws.defaultRegion } } },
  });
  const data = [{ secretKey: 'value', remoteRef: { key: 'still/a' } }];
  scene.createSecret('still/a', ['one', 'two']);
  await scene.objects.create('secrets', { metadata: { name: 'merged' }, stringData: { theirs: 'kept' } });
  const specs: Readonly<Record<string, object>> = {
    owner: { data },
    own: { secretStoreRef: { name: 'own' }, data },
    extract: { dataFrom: [{ extract: { key: 'still/a' } }] },
    orphan: { data, target: { creationPolicy: 'Orphan' } },
    merge: { data, target: { name: 'merged', creationPolicy: 'Merge' } },
    none: { data, target: { creationPolicy: 'None' } },
    once: { data, refreshPolicy: 'CreatedOnce' },
    never: { data, refreshInterval: '0' },
    typed: { data, target: { immutable: true, template: { type: 'example.com/x', metadata: { labels: { a: 'b' } } } } },
    stopped: { data, suspend: true },
    forced: { data },
  };
  for (const [name, spec] of Object.entries(specs)) await scene.objects.externalSecret(name, spec);
  await scene.objects.patch('externalsecrets', 'forced', { metadata: { annotations: { 'keytender.dev/force-sync': '1' } } });
  for (const name of Object.keys(specs)) {
    await scene.objects.untilReason(name, name === 'none' ? 'Validated' : name === 'stopped' ? 'Suspended' : 'SecretSynced');
  }
  const { code } = await scene.operator.stop({ signal: 'SIGTERM' });
  expect(code).toBe(0);
  const calls = scene.aws.calls.total;
  const since = scene.proxy.log.next;
  await scene.startOperator();
  await untilCaughtUp(scene, 'caught-up');
  const ours = scene.proxy.log.writes({}, since).filter(({ name, path }) => name !== 'caught-up' && !path.endsWith('/events'));
  // The Secret of the one that was made to catch up is created, and this is all.
  expect(ours.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(['create secrets']);
  expect(scene.aws.calls.total - calls).toBe(1);
});
