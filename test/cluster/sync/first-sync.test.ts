// The main case: an ExternalSecret becomes a Secret, reports it, and follows AWS.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('first-sync');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('an ExternalSecret', () => {
  it('becomes a Secret with single keys and properties', async () => {
    const json = scene.createSecret('production/database/orders', ['username', 'password']);
    const key = scene.createSecret('production/api-key');
    await scene.objects.externalSecret('orders', {
      data: [
        { secretKey: 'password', remoteRef: { key: 'production/database/orders', property: 'password' } },
        { secretKey: 'api-key', remoteRef: { key: 'production/api-key' } },
      ],
    });
    const object = await scene.objects.untilReason('orders', 'SecretSynced');
    const { password } = JSON.parse(json) as { readonly password: string };
    expect(await scene.objects.values('orders')).toEqual({ password, 'api-key': key });
    expect(readyOf(object)).toMatchObject({ status: 'True', message: '2 keys from 2 secret versions' });
  });
});
