// Writes of some resources get no response, as with an admission webhook of one namespace that hangs: the others are written without delay.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(90_000);

const HUNG = ['hung-0', 'hung-1', 'hung-2'] as const;
let scene: Scene;

beforeAll(async () => {
  // Four workers, of which one may write at a time.
  scene = await openScene('hung-writes', { flags: ['--concurrency=4'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function apply(name: string): Promise<string> {
  const value = scene.createSecret(name);
  await scene.objects.externalSecret(name, { data: [{ secretKey: 'password', remoteRef: { key: name } }] });
  return value;
}

describe('writes that hang', () => {
  it('keep no other resource from being written, and are made again when they have failed', async () => {
    const faults = HUNG.map((name) =>
      scene.proxy.inject({ verb: 'patch', resource: 'externalsecrets', subresource: 'status', name, fault: { kind: 'hang' } }),
    );
    for (const name of HUNG) await apply(name);
    const values = [await apply('first'), await apply('second')];
    await scene.objects.untilReason('first', 'SecretSynced', 20_000);
    await scene.objects.untilReason('second', 'SecretSynced', 20_000);
    expect([await scene.objects.values('first'), await scene.objects.values('second')]).toEqual(values.map((password) => ({ password })));
    // A request that hangs is given up after half a minute, and made again.
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1]);
    for (const fault of faults) fault.remove();
    for (const name of HUNG) await scene.objects.untilReason(name, 'SecretSynced', 60_000);
  });
});
