// Sessions that end early, and clocks that differ.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { forceSync } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  // Where tests count reads, no slot of a usual interval may fall into them.
  scene = await openScene('store-time', { flags: ['--default-refresh-interval=8760h'] });
  scene.aws.switches.verifySignatures = true;
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function synced(name: string): Promise<string> {
  const value = scene.createSecret(`time/${name}`);
  await scene.objects.externalSecret(name, {
    secretStoreRef: { name },
    data: [{ secretKey: 'value', remoteRef: { key: `time/${name}` } }],
  });
  await scene.objects.untilReason(name, 'SecretSynced', 10_000);
  return value;
}

it('a session that AWS calls expired is replaced by a new one, without a word', async () => {
  const { defaultAccount: account } = scene.aws;
  const role = scene.aws.addRole({ account, name: 'short', trust: { principals: [account] } });
  await scene.createStore('short', { role });
  await synced('short');
  const before = readyOf(await scene.objects.get('externalsecrets', 'short'));
  const sessions = scene.aws.calls.count('AssumeRole');
  scene.aws.clock.advance(2 * 3_600_000);
  const value = scene.rotate('time/short');
  await forceSync(scene, 'short', 'expired');
  await scene.objects.untilValues('short', { value }, 10_000);
  expect(readyOf(await scene.objects.get('externalsecrets', 'short'))).toEqual(before);
  expect(scene.aws.calls.count('AssumeRole')).toBe(sessions + 1);
  const answers = scene.aws.calls.entries.filter((entry) => entry.role === role).map(({ errorCode }) => errorCode);
  expect(answers).toEqual([undefined, 'ExpiredTokenException', undefined]);
});

it('a clock that is off by an hour is put right by the time that AWS answers with', async () => {
  await scene.createStore('skewed');
  scene.aws.clock.setSkew(3_600_000);
  try {
    const value = await synced('skewed');
    expect(await scene.objects.values('skewed')).toEqual({ value });
  } finally {
    scene.aws.clock.setSkew(0);
  }
});
