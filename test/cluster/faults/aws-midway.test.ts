// AWS answers for some secrets and not for others: a Secret is written completely or not at all, and a call that hangs delays no other.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../support/aws/faults.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { many } from '../../support/hostile/many.ts';
import { followObjects } from '../../support/operator/history.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(90_000);

/** A call that hangs: the time-out of its socket. */
const GIVEN_UP_AFTER_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('aws-midway');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('half of the secrets of one ExternalSecret', () => {
  const FAULTS: readonly (readonly [name: string, reason: string, fault: Fault])[] = [
    ['denied', 'AccessDenied', { kind: 'access-denied' }],
    ['broken', 'AWSUnavailable', { kind: 'error', code: 'InternalServiceError' }],
    ['undecipherable', 'KMSFailure', { kind: 'decryption-failure' }],
  ];

  it.each(FAULTS)(
    'is %s while both have changed: nothing is written, and the reason is told; then both are',
    async (name, reason, fault) => {
      const [good, bad] = [`${name}/good`, `${name}/bad`];
      const before = { good: scene.createSecret(good), bad: scene.createSecret(bad) };
      await scene.objects.externalSecret(name, {
        refreshInterval: '1s',
        data: [
          { secretKey: 'good', remoteRef: { key: good } },
          { secretKey: 'bad', remoteRef: { key: bad } },
        ],
      });
      await scene.objects.untilReason(name, 'SecretSynced');
      await using secrets = await followObjects(scene, 'secrets');
      const faults = ['GetSecretValue', 'BatchGetSecretValue'].map((operation) => scene.aws.inject({ operation, secretId: bad, fault }));
      const object = await scene.objects.untilReason(name, reason);
      expect(readyOf(object)?.message).toContain('bad');
      const after = { good: scene.rotate(good), bad: scene.rotate(bad) };
      const calls = scene.aws.calls.total;
      await waitUntil('AWS is asked again', () => scene.aws.calls.total > calls + 1);
      expect(await scene.objects.values(name)).toEqual(before);
      await secrets.untilCurrent(name);
      expect(secrets.of(name)).toEqual([]);
      for (const one of faults) one.remove();
      await scene.objects.patch('externalsecrets', name, { metadata: { annotations: { 'keytender.dev/force-sync': 'repaired' } } });
      await scene.objects.untilValues(name, after);
      await scene.objects.untilReason(name, 'SecretSynced');
      await secrets.untilCurrent(name);
      expect(secrets.changes(name, ({ data }) => data)).toBe(1);
      await scene.objects.delete('externalsecrets', name);
    },
  );

  it('is missing from the start: no Secret is made of the other half', async () => {
    scene.createSecret('there');
    await scene.objects.externalSecret('halved', {
      data: [
        { secretKey: 'there', remoteRef: { key: 'there' } },
        { secretKey: 'absent', remoteRef: { key: 'not-there' } },
      ],
    });
    await scene.objects.untilReason('halved', 'RemoteSecretNotFound');
    expect(await scene.objects.get('secrets', 'halved')).toBeUndefined();
    await scene.objects.delete('externalsecrets', 'halved');
  });
});

describe('a secret that AWS never answers for', () => {
  it('holds up no other, however many ExternalSecrets want it', async () => {
    const began = performance.now();
    scene.createSecret('silent');
    const hang = scene.aws.inject({ secretId: 'silent', fault: { kind: 'hang' } });
    // More than are worked on at once.
    await many(80, (index) =>
      scene.objects.externalSecret(`silent-${index}`, { data: [{ secretKey: 'password', remoteRef: { key: 'silent' } }] }),
    );
    await waitUntil('the first is asked for', () => hang.hits > 0);
    for (const name of ['brisk-a', 'brisk-b', 'brisk-c']) {
      const value = scene.createSecret(name);
      await scene.objects.externalSecret(name, { data: [{ secretKey: 'password', remoteRef: { key: name } }] });
      await scene.objects.untilValues(name, { password: value });
    }
    // One call for all of them. It is given up after some seconds, and then made again.
    expect(hang.mostHanging).toBe(1);
    expect(hang.hits).toBeLessThanOrEqual(1 + (performance.now() - began) / GIVEN_UP_AFTER_MS);
    hang.remove();
    await scene.objects.untilReason('silent-79', 'SecretSynced', 60_000);
  });
});
