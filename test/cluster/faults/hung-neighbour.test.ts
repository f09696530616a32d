// Two stores of one region, one of which gets no answers: the other is served as if nothing was, and only the one to blame says so.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../support/aws/faults.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { openScene, staticAuth, type Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(150_000);

const NEIGHBOUR = '444455556666';
const NAMES = Array.from({ length: 40 }, (_, index) => `far-${index}`);
let scene: Scene;

beforeAll(async () => {
  scene = await openScene('hung-neighbour', { flags: ['--concurrency=2', '--min-refresh-interval=1s'] });
  await scene.createStore();
  const key = scene.aws.addAccessKey({ account: NEIGHBOUR });
  await scene.objects.create('secrets', {
    metadata: { name: 'far-credentials' },
    stringData: { id: key.accessKeyId, secret: key.secretAccessKey },
  });
  const aws = { service: 'SecretsManager', region: scene.aws.defaultRegion, auth: staticAuth('far-credentials') };
  await scene.objects.create('secretstores', { metadata: { name: 'far' }, spec: { provider: { aws } } });
  for (const name of NAMES) {
    scene.aws.secrets(NEIGHBOUR).create(name, scene.canaryValue());
    await scene.objects.externalSecret(name, {
      secretStoreRef: { name: 'far' },
      refreshInterval: '1s',
      data: [{ secretKey: 'password', remoteRef: { key: name } }],
    });
  }
  for (const name of NAMES) await scene.objects.untilReason(name, 'SecretSynced');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function availability({ status }: AnyObject): string | undefined {
  const conditions = status?.['conditions'] as readonly { readonly type: string; readonly reason: string }[] | undefined;
  return conditions?.find(({ type }) => type === 'Available')?.reason;
}

async function near(name: string): Promise<void> {
  const value = scene.createSecret(name);
  const started = Date.now();
  await scene.objects.externalSecret(name, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: name } }] });
  await scene.objects.untilValues(name, { password: value });
  expect(Date.now() - started).toBeLessThan(3_000);
}

describe('a store that gets no answers', () => {
  it.each<Fault>([{ kind: 'service-unavailable' }, { kind: 'hang' }])(
    'with $kind keeps no other of its region from being served, and is alone in saying so',
    async (fault) => {
      const { kind } = fault;
      const planted = scene.aws.inject({ account: NEIGHBOUR, fault });
      await near(`${kind}-before`);
      await untilObject(scene, 'secretstores', 'far', (store) => availability(store) === 'AWSUnavailable', 100_000);
      await near(`${kind}-after`);
      const changed = scene.rotate(`${kind}-before`);
      await scene.objects.untilValues(`${kind}-before`, { password: changed }, 5_000);
      expect(availability(await untilObject(scene, 'secretstores', 'aws'))).not.toBe('AWSUnavailable');
      planted.remove();
      const again = scene.aws.secrets(NEIGHBOUR);
      const value = scene.canaryValue();
      again.put('far-0', value);
      await scene.objects.untilValues('far-0', { password: value }, 90_000);
      await waitUntil('far says so no more', async () => availability(await untilObject(scene, 'secretstores', 'far')) === 'AWSAvailable', {
        timeoutMs: 100_000,
      });
    },
  );
});
