// A stale replica of AWS is the first to answer an operator that has just started: no Secret goes back to the old version.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { followObjects } from '../../support/operator/history.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('stale-replica');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

it('does not take a Secret that is repaired after a restart back to the values of a minute ago', async () => {
  const data = ['user', 'password'].map((secretKey) => ({ secretKey, remoteRef: { key: `late/${secretKey}` } }));
  for (const { remoteRef } of data) scene.createSecret(remoteRef.key);
  scene.aws.clock.advance(120_000);
  const values = Object.fromEntries(data.map(({ secretKey, remoteRef }) => [secretKey, scene.rotate(remoteRef.key)]));
  await scene.objects.externalSecret('late', { refreshInterval: '1h', data });
  await scene.objects.untilValues('late', values);
  await scene.objects.untilReason('late', 'SecretSynced');
  await scene.operator.kill();
  await scene.objects.patch('secrets', 'late', { stringData: { password: 'spoilt' } });
  const batches = scene.aws.calls.count('BatchGetSecretValue', 'late/password');
  await using secrets = await followObjects(scene, 'secrets');
  using _stale = scene.aws.staleReads({ operations: ['BatchGetSecretValue'], lagMs: 60_000 });
  await scene.startOperator();
  await scene.objects.untilValues('late', values);
  await scene.objects.untilReason('late', 'SecretSynced');
  expect(scene.aws.calls.count('BatchGetSecretValue', 'late/password')).toBe(batches + 1);
  await secrets.untilCurrent('late');
  expect(secrets.changes('late', ({ data: written }) => written)).toBe(1);
});
