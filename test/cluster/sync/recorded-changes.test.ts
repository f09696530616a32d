// The record on a Secret: how often its content has changed, and which keys.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('recorded-changes');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

interface Recorded {
  readonly sequence?: number;
  readonly changes?: readonly { readonly sequence: number; readonly at: string; readonly keys?: readonly string[] }[];
}

/** The record on the Secret, once its content has been written so often. */
async function recordAt(name: string, sequence: number): Promise<Recorded> {
  return waitUntil(`content ${sequence} of ${name}`, async () => {
    const annotations = (await scene.objects.get('secrets', name))?.metadata.annotations ?? {};
    const [text = '{}'] = Object.entries(annotations).flatMap(([key, value]) => (key.startsWith('record.keytender.dev/') ? [value] : []));
    const record = JSON.parse(text) as Recorded;
    return record.sequence === sequence ? record : undefined;
  });
}

async function numberInStatus(name: string, sequence: number): Promise<void> {
  await waitUntil(`number ${sequence} in the status of ${name}`, async () => {
    return (await scene.objects.get('externalsecrets', name))?.status?.['contentSequence'] === sequence;
  });
}

describe('the record of a Secret with two keys', () => {
  it('says which of them changed, and counts on when the Secret is deleted', async () => {
    const [user, password] = ['two-keys/user', 'two-keys/password'];
    scene.createSecret(user);
    scene.createSecret(password);
    await scene.objects.externalSecret('two-keys', {
      refreshInterval: '1s',
      data: [
        { secretKey: 'user', remoteRef: { key: user } },
        { secretKey: 'password', remoteRef: { key: password } },
      ],
    });
    expect(await recordAt('two-keys', 1)).not.toHaveProperty('changes');
    scene.rotate(password);
    const second = await recordAt('two-keys', 2);
    expect(second.changes).toEqual([{ sequence: 2, at: expect.any(String), keys: ['password'] }]);
    scene.rotate(user);
    const third = await recordAt('two-keys', 3);
    expect(third.changes).toEqual([{ sequence: 3, at: expect.any(String), keys: ['user'] }, second.changes?.[0]]);

    await numberInStatus('two-keys', 3);
    await scene.objects.delete('secrets', 'two-keys');
    // The same content again: the status knows when it changed, but not which keys.
    expect((await recordAt('two-keys', 3)).changes).toEqual([{ sequence: 3, at: third.changes?.[0]?.at }]);
    scene.rotate(password);
    expect((await recordAt('two-keys', 4)).changes?.[0]).toEqual({ sequence: 4, at: expect.any(String), keys: ['password'] });
  });
});
