// A store that hangs: its ExternalSecrets wait for AWS without a worker, so that those of other stores have no delay.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('hung-store', { flags: ['--concurrency=2'] });
  await scene.createStore();
  await scene.createStore('far', { region: 'eu-west-1' });
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('a store whose region never answers', () => {
  it('keeps no worker from the ExternalSecrets of another, and its own are served once it answers', async () => {
    const hang = scene.aws.inject({ region: 'eu-west-1', fault: { kind: 'hang' } });
    const far = Array.from({ length: 40 }, (_, index) => `far-${index}`);
    await Promise.all(
      far.map((name) =>
        scene.objects.externalSecret(name, {
          secretStoreRef: { name: 'far' },
          data: [{ secretKey: 'password', remoteRef: { key: name } }],
        }),
      ),
    );
    await waitUntil('the first is asked for', () => hang.hits > 0);
    const value = scene.createSecret('near');
    await scene.objects.externalSecret('near', { data: [{ secretKey: 'password', remoteRef: { key: 'near' } }] });
    await scene.objects.untilValues('near', { password: value });
    // Each call that is given up is made again.
    const hung = scene.aws.calls.entries.filter(({ region }) => region === 'eu-west-1').map(({ secretIds }) => secretIds.join());
    expect(hung).toEqual([...new Set(hung)]);
    hang.remove();
    for (const name of far) await scene.objects.untilReason(name, 'RemoteSecretNotFound', 60_000);
  });
});
