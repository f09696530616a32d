// Each failure of AWS: the reason, the message, the last good Secret that stays, and the recovery.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../support/aws/faults.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { writesAtRest, writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('aws-failures');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

interface Row {
  readonly title: string;
  readonly fault: Fault;
  readonly reason: string;
  /** What is so; what to do. With $secret and $identity for their names. */
  readonly message: string;
}

const rows: readonly Row[] = [
  {
    title: 'not found',
    fault: { kind: 'error', code: 'ResourceNotFoundException' },
    reason: 'RemoteSecretNotFound',
    message: 'secret "$secret" was not found in eu-central-1; check key, prefix, region and the AWS account',
  },
  {
    title: 'access denied',
    fault: { kind: 'access-denied' },
    reason: 'AccessDenied',
    message:
      '$identity may not call secretsmanager:GetSecretValue for secret "$secret" in eu-central-1: AWS does not say why; allow the call on this secret',
  },
  { title: 'throttled', fault: { kind: 'throttle' }, reason: 'Throttled', message: 'Secrets Manager throttles the calls of' },
  {
    title: 'an error of the server',
    fault: { kind: 'internal-error' },
    reason: 'AWSUnavailable',
    message: 'Secrets Manager in eu-central-1 gave no usable answer',
  },
  {
    title: 'a load balancer without servers',
    fault: { kind: 'service-unavailable' },
    reason: 'AWSUnavailable',
    message: 'Secrets Manager in eu-central-1 gave no usable answer',
  },
  {
    title: 'a reset connection',
    fault: { kind: 'reset' },
    reason: 'AWSUnavailable',
    message: 'Secrets Manager in eu-central-1 gave no usable answer',
  },
  {
    title: 'a body that nobody can read',
    fault: { kind: 'unparsable-body' },
    reason: 'AWSUnavailable',
    message: 'Secrets Manager in eu-central-1 gave no usable answer',
  },
  {
    title: 'KMS',
    fault: { kind: 'decryption-failure' },
    reason: 'KMSFailure',
    message: 'secret "$secret" in eu-central-1 could not be decrypted for $identity; check that its KMS key is enabled',
  },
  {
    title: 'KMS denied',
    fault: { kind: 'error', code: 'AccessDeniedException', message: 'Access to KMS is not allowed' },
    reason: 'KMSFailure',
    message: 'secret "$secret" in eu-central-1 could not be decrypted for $identity; allow kms:Decrypt on its KMS key',
  },
  {
    title: 'marked for deletion',
    fault: {
      kind: 'error',
      code: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    },
    reason: 'RemoteSecretMarkedForDeletion',
    message: 'secret "$secret" is marked for deletion in eu-central-1; restore the secret with RestoreSecret',
  },
  {
    title: 'an expired token',
    fault: { kind: 'expired-token' },
    reason: 'CredentialsExpired',
    message: 'the credentials of $identity have expired; renew the access key in Secret ',
  },
  {
    title: 'an unknown key',
    fault: { kind: 'error', code: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
    reason: 'CredentialsInvalid',
    message: 'Secrets Manager does not accept the credentials of $identity; renew the access key in Secret ',
  },
  {
    title: 'a clock that is off',
    fault: { kind: 'error', code: 'InvalidSignatureException', message: 'Signature expired: 20261122T000000Z is now earlier than …' },
    reason: 'ClockSkew',
    message: 'Secrets Manager refuses the time in the signatures of $identity; correct the clock of the node',
  },
  {
    title: 'a request that is wrong',
    fault: { kind: 'error', code: 'ValidationException', message: 'Invalid name.' },
    reason: 'AWSRequestRefused',
    message:
      'GetSecretValue for secret "$secret" in eu-central-1 was refused as invalid (ValidationException); check key and version of the entry',
  },
  {
    title: 'an error that nobody knows',
    fault: { kind: 'error', code: 'BrandNewException', status: 418 },
    reason: 'AWSRequestRefused',
    message: 'GetSecretValue for secret "$secret" in eu-central-1 was refused as invalid (BrandNewException); check key and version',
  },
];

describe('AWS', () => {
  // Each with a store of its own: throttling and bad credentials concern an identity as a whole.
  it.each(rows.map((row, index) => ({ ...row, name: `row-${index}` })))(
    '$title → $reason, and the last good Secret stays',
    async ({ name, fault, reason, message }) => {
      const secret = `failures/${name}`;
      await scene.createStore(name);
      const beside = scene.createSecret(`${secret}-beside`);
      const value = scene.createSecret(secret);
      await scene.objects.externalSecret(name, {
        secretStoreRef: { name },
        data: [
          { secretKey: 'beside', remoteRef: { key: `${secret}-beside` } },
          { secretKey: 'value', remoteRef: { key: secret } },
        ],
      });
      await scene.objects.untilReason(name, 'SecretSynced');
      const before = await scene.objects.get('secrets', name);
      using injected = scene.aws.inject({ secretId: secret, fault });
      const besideNext = scene.rotate(`${secret}-beside`);
      const next = scene.rotate(secret);
      await forceSync(scene, name, 'fail');
      const failed = await untilObject(scene, 'externalsecrets', name, (object) => readyOf(object)?.reason === reason);
      const identity = String((await scene.objects.get('secretstores', name))?.status?.['identity']);
      const [what = '', hint = ''] = message.replace('$secret', secret).replace('$identity', identity).split('; ');
      const said = readyOf(failed)?.message ?? '';
      // What concerns the whole call shows with its first entry.
      expect(said).toMatch(said.includes(`"${secret}"`) ? /^data\[1\] \(value, key / : /^data\[0\] \(beside, key /);
      expect(said).toContain(what);
      expect(said).toContain(hint);
      expect((await scene.objects.get('secrets', name))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
      expect(await scene.objects.values(name)).toEqual({ beside, value });
      injected.remove();
      await forceSync(scene, name, 'repaired');
      await untilObject(scene, 'externalsecrets', name, (object) => readyOf(object)?.reason === 'SecretSynced');
      expect(await scene.objects.values(name)).toEqual({ beside: besideNext, value: next });
    },
  );

  it('that fails from the start leaves no Secret, and its repair is seen by itself', async () => {
    await scene.createStore('at-start');
    const value = scene.createSecret('failures/at-start');
    using outage = scene.aws.inject({ secretId: 'failures/at-start', fault: { kind: 'internal-error' } });
    await scene.objects.externalSecret('at-start', {
      secretStoreRef: { name: 'at-start' },
      data: [{ secretKey: 'value', remoteRef: { key: 'failures/at-start' } }],
    });
    await scene.objects.untilReason('at-start', 'AWSUnavailable');
    expect(await scene.objects.get('secrets', 'at-start')).toBeUndefined();
    outage.remove();
    await scene.objects.untilReason('at-start', 'SecretSynced', 15_000);
    expect(await scene.objects.values('at-start')).toEqual({ value });
  });

  it('that goes on failing costs no writes and no Events', async () => {
    await scene.createStore('lasting');
    scene.createSecret('failures/lasting-a');
    scene.createSecret('failures/lasting-b');
    using _a = scene.aws.inject({ secretId: 'failures/lasting-a', fault: { kind: 'internal-error' } });
    using _b = scene.aws.inject({ secretId: 'failures/lasting-b', fault: { kind: 'internal-error' } });
    await scene.objects.externalSecret('lasting', {
      secretStoreRef: { name: 'lasting' },
      refreshInterval: '1s',
      data: [
        { secretKey: 'a', remoteRef: { key: 'failures/lasting-a' } },
        { secretKey: 'b', remoteRef: { key: 'failures/lasting-b' } },
      ],
    });
    const failed = await scene.objects.untilReason('lasting', 'AWSUnavailable');
    expect(readyOf(failed)?.message).toContain('(and 1 other entry)');
    await writesDuringRefreshes(scene, 2);
    expect(await writesAtRest(scene, 4)).toEqual([]);
    const events = (await scene.objects.list('events')).filter(
      ({ regarding, reason }) => (regarding as { readonly name: string }).name === 'lasting' && reason === 'AWSUnavailable',
    );
    expect(events).toHaveLength(1);
    await scene.objects.delete('externalsecrets', 'lasting');
  });
});
