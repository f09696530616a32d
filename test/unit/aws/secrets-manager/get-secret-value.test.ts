// GetSecretValue over the wire: the result, and one reason for each refusal of AWS.
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../../support/aws/faults.ts';
import { ACCOUNT, CURRENT, identityOf, never, reasonOf, REGION, type SdkWorld, startSdkWorld, staticBase, textOf } from '../sdk-world.ts';
import { said, saidOf } from '../../../support/said.ts';

const CANARY = 'canary-value-7f3a';

describe('getSecretValue', () => {
  let world: SdkWorld;

  beforeAll(async () => {
    world = await startSdkWorld({ transport: { timeouts: { connection: 500, request: 300, socket: 5_000 } } });
    world.aws.secrets().create('db/orders', CANARY);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const read = (secretId = 'db/orders', identity = world.identity) => world.secrets.read(identity, secretId, CURRENT, never());

  it('gives the version with its labels, and the value wrapped', async () => {
    const outcome = await read();
    expect(outcome).toMatchObject({ ok: true, value: { name: 'db/orders', stages: ['AWSCURRENT'] } });
    expect(textOf(outcome)).toBe(CANARY);
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain(CANARY);
  });

  it('reads other stages, versions for ever, and binary values', async () => {
    const secrets = world.aws.secrets();
    const first = secrets.create('db/versions', Buffer.from([0, 255, 7]));
    secrets.put('db/versions', 'second');
    const get = world.secrets.read.bind(world.secrets);
    const previous = await get(world.identity, 'db/versions', { kind: 'stage', stage: 'AWSPREVIOUS' }, never());
    const pinned = await get(world.identity, 'db/versions', { kind: 'id', id: first.versionId }, never());
    expect(previous.ok && [...previous.value.value.reveal()]).toEqual([0, 255, 7]);
    expect(pinned.ok && pinned.value.versionId).toBe(first.versionId);
    expect(textOf(await read('db/versions'))).toBe('second');
  });

  const planted: readonly (readonly [string, Fault, string])[] = [
    ['throttling', { kind: 'throttle' }, 'Throttled'],
    ['too many requests by status', { kind: 'error', code: 'SomethingNew', status: 429 }, 'Throttled'],
    ['an internal error', { kind: 'internal-error' }, 'AWSUnavailable'],
    ['a load balancer that answers HTML', { kind: 'service-unavailable' }, 'AWSUnavailable'],
    ['a reset connection', { kind: 'reset' }, 'AWSUnavailable'],
    ['a server that never answers', { kind: 'hang' }, 'AWSUnavailable'],
    ['a body that is no answer', { kind: 'unparsable-body' }, 'AWSUnavailable'],
    ['a body that is no error, with 403', { kind: 'unparsable-body', status: 403 }, 'AccessDenied'],
    ['denied access', { kind: 'access-denied' }, 'AccessDenied'],
    ['an expired token', { kind: 'expired-token' }, 'CredentialsExpired'],
    ['a key that KMS has disabled', { kind: 'decryption-failure' }, 'KMSFailure'],
    ['a key that KMS denies', { kind: 'error', code: 'AccessDeniedException', message: 'Access to KMS is not allowed' }, 'KMSFailure'],
    ['an unknown access key', { kind: 'error', code: 'UnrecognizedClientException' }, 'CredentialsInvalid'],
    ['a wrong secret key', { kind: 'error', code: 'InvalidSignatureException', message: 'does not match' }, 'CredentialsInvalid'],
    ['a wrong clock', { kind: 'error', code: 'InvalidSignatureException', message: 'Signature expired: 1 < 2' }, 'ClockSkew'],
    ['an expired request', { kind: 'error', code: 'RequestExpired' }, 'ClockSkew'],
    ['a wrong parameter', { kind: 'error', code: 'InvalidParameterException' }, 'AWSRequestRefused'],
    ['a wrong request', { kind: 'error', code: 'InvalidRequestException', message: 'no' }, 'AWSRequestRefused'],
    ['an error nobody knows', { kind: 'error', code: 'Surprise' }, 'AWSRequestRefused'],
    ['a missing secret', { kind: 'error', code: 'ResourceNotFoundException' }, 'RemoteSecretNotFound'],
  ];

  it.each(planted)('tells %s apart', async (_what, fault, reason) => {
    using planted = world.aws.inject({ operation: 'GetSecretValue', fault });
    const outcomes = [await read(), await read()];
    expect(planted.hits).toBeGreaterThanOrEqual(2);
    expect(outcomes.map(reasonOf)).toEqual([reason, reason]);
    expect(outcomes[0]).toEqual(outcomes[1]);
    const [outcome] = outcomes;
    if (outcome?.ok !== false) throw new Error('expected a failure');
    expect(said(outcome.failure)).not.toMatch(/no$|does not match|Rate exceeded|\d{4}-\d\d/);
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain('RequestId');
  });

  it('says that a secret is marked for deletion', async () => {
    world.aws.secrets().create('db/deleted', 'x');
    world.aws.secrets().delete('db/deleted');
    const outcome = await read('db/deleted');
    expect(outcome).toMatchObject({ ok: false, failure: { reason: 'RemoteSecretMarkedForDeletion' } });
  });

  it('names the secret, the region and the identity it knows', async () => {
    expect(saidOf(await read('db/none'))).toEqual({
      reason: 'RemoteSecretNotFound',
      message: `secret "db/none" was not found in ${REGION}`,
    });
    using _denied = world.aws.inject({ fault: { kind: 'access-denied' } });
    const role = identityOf(staticBase({ accessKeyId: 'AKIAABCDEFGHIJKLMNOP', secretAccessKey: CANARY }, 'uid/7'));
    expect(saidOf(await read('db/orders', role))?.message).toBe(
      `AKIAABCDEFGHIJKLMNOP may not call secretsmanager:GetSecretValue for secret "db/orders" in ${REGION}: AWS does not say why`,
    );
  });

  it('shows nothing of keys that were stored in each other’s place', async () => {
    using _denied = world.aws.inject({ fault: { kind: 'access-denied' } });
    const swapped = identityOf(staticBase({ accessKeyId: CANARY, secretAccessKey: 'AKIAABCDEFGHIJKLMNOP' }, 'uid/8'));
    const outcome = await read('db/orders', swapped);
    expect(reasonOf(outcome)).toBe('AccessDenied');
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain(CANARY);
    expect(await world.secrets.verifyCredentials(swapped, never())).toEqual({
      ok: true,
      value: { identityName: 'the access key of the store' },
    });
  });

  it('tells bad keys apart before they are sent', async () => {
    expect(reasonOf(await read('db/orders', identityOf(staticBase({ accessKeyId: 'AK\u2028IA', secretAccessKey: 'x' }, 'uid/9'))))).toBe(
      'CredentialsInvalid',
    );
  });

  it('checks signatures and access of resources as AWS does', async () => {
    await using strict = await startSdkWorld({ verifySignatures: true, enforceIam: true });
    strict.aws.secrets().create('app/a', 'a');
    strict.aws.secrets().create('app/b', 'b');
    const arn = strict.aws.secrets().describe('app/a').arn;
    const policies = [{ Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: arn } }];
    const key = strict.aws.addAccessKey({ account: ACCOUNT, user: 'reader', policies });
    const get = (secretId: string, base = staticBase(key)) => strict.secrets.read(identityOf(base), secretId, CURRENT, never());
    expect(reasonOf(await get('app/a'))).toBe('ok');
    expect(reasonOf(await get('app/b'))).toBe('AccessDenied');
    expect(reasonOf(await get('app/a', staticBase({ ...key, secretAccessKey: 'wrong' }, 'uid/2')))).toBe('CredentialsInvalid');
    expect(reasonOf(await get('app/a', staticBase({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'x' }, 'uid/3')))).toBe(
      'CredentialsInvalid',
    );
  });

  it('reports each call with its result and the requests behind it', async () => {
    await using observed = await startSdkWorld();
    process.env['AWS_MAX_ATTEMPTS'] = '3';
    observed.aws.secrets().create('a', 'b');
    observed.aws.inject({ times: 2, fault: { kind: 'internal-error' } });
    await observed.secrets.read(observed.identity, 'a', CURRENT, never());
    await observed.secrets.read(observed.identity, 'none', CURRENT, never());
    expect(observed.calls).toMatchObject([
      { service: 'secretsmanager', operation: 'GetSecretValue', result: 'ok', attempts: 3 },
      { service: 'secretsmanager', operation: 'GetSecretValue', result: 'RemoteSecretNotFound', attempts: 1 },
    ]);
  });

  it('ends with the signal of the caller, and that is no failure', async () => {
    await using hanging = await startSdkWorld();
    using hang = hanging.aws.inject({ fault: { kind: 'hang' } });
    const controller = new AbortController();
    const reading = hanging.secrets.read(hanging.identity, 'a', CURRENT, controller.signal);
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new DOMException('stop', 'AbortError'));
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(hanging.calls).toMatchObject([{ result: 'aborted' }]);
  });
});
