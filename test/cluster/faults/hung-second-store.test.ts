// Two stores of one region, one of which gets no answers: the other works without delay, and only the first reports a failure.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
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
  await scene.objects.externalSecret(name, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: name } }] });
  await scene.objects.untilValues(name, { password: value }, 5_000);
}

/** Both before and after `isTold`. */
async function othersAreServed(kind: string, isTold: () => Promise<unknown>): Promise<void> {
  await near(`${kind}-before`);
  await isTold();
  await near(`${kind}-after`);
  const changed = scene.rotate(`${kind}-before`);
  await scene.objects.untilValues(`${kind}-before`, { password: changed }, 5_000);
  expect(availability(await untilObject(scene, 'secretstores', 'aws'))).not.toBe('AWSUnavailable');
}

describe('a store that gets no answers', () => {
  it('keeps no other of its region from being served, is alone in saying so, and is served again afterwards', async () => {
    using fault = scene.aws.inject({ account: NEIGHBOUR, fault: { kind: 'service-unavailable' } });
    await othersAreServed('refused', () =>
      untilObject(scene, 'secretstores', 'far', (store) => availability(store) === 'AWSUnavailable', 60_000),
    );
    fault.remove();
    const value = scene.canaryValue();
    scene.aws.secrets(NEIGHBOUR).put('far-0', value);
    await scene.objects.untilValues('far-0', { password: value }, 90_000);
  });

  it('because its calls hang keeps none either, before and after they give up', async () => {
    using _hung = scene.aws.inject({ account: NEIGHBOUR, fault: { kind: 'hang' } });
    const failing = async (): Promise<boolean> => (await scene.operator.metric('keytender_source_failing{scope="identity"}')) === 1;
    await othersAreServed('hung', () => waitUntil('its calls have given up', failing, { timeoutMs: 90_000 }));
  });
});
