import { ListSecretsCommand, PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import type { Fault } from '../../../support/aws/faults.ts';
import { readBatch, readString, secretsManagerClient, stsClient } from '../../../support/aws/sdk-clients.ts';

let aws: AwsEmulator;
let client: SecretsManagerClient;

beforeEach(async () => {
  aws = await startAwsEmulator({ random: () => 0.5 });
  client = secretsManagerClient(aws.endpoint);
  for (const name of ['a', 'b', 'c']) aws.secrets().create(name, name);
});
afterEach(async () => {
  client.destroy();
  await aws[Symbol.asyncDispose]();
});

const names = async (NextToken?: string) => {
  const page = await client.send(new ListSecretsCommand({ NextToken }));
  return { names: page.SecretList!.map((secret) => secret.Name), next: page.NextToken };
};

describe('faults', () => {
  it.each<[Fault, object]>([
    [{ kind: 'throttle' }, { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }],
    [{ kind: 'internal-error' }, { name: 'InternalServiceError', $metadata: { httpStatusCode: 500 } }],
    [{ kind: 'service-unavailable' }, { $metadata: { httpStatusCode: 503 } }],
    [{ kind: 'reply-lost' }, { message: expect.stringContaining('ECONNRESET') }],
    [{ kind: 'reset' }, { message: expect.stringContaining('ECONNRESET') }],
    [{ kind: 'access-denied' }, { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }],
    [{ kind: 'expired-token' }, { name: 'ExpiredTokenException' }],
    [{ kind: 'decryption-failure' }, { name: 'DecryptionFailure' }],
    [{ kind: 'error', code: 'LimitExceededException', status: 400 }, { name: 'LimitExceededException' }],
    [{ kind: 'unparsable-body' }, { name: 'SyntaxError' }],
  ])('%j', async (fault, error) => {
    const handle = aws.inject({ operation: 'GetSecretValue', secretId: 'a', fault });
    await expect(readString(client, 'a')).rejects.toMatchObject(error);
    expect(await readString(client, 'b')).toBe('b');
    expect(handle.hits).toBe(1);
    handle.remove();
    expect(await readString(client, 'a')).toBe('a');
    expect(handle.hits).toBe(1);
  });

  it('strike STS in its own words', async () => {
    const sts = stsClient(aws.endpoint);
    for (const [fault, name] of [
      [{ kind: 'throttle' }, 'Throttling'],
      [{ kind: 'access-denied' }, 'AccessDenied'],
      [{ kind: 'expired-token' }, 'ExpiredToken'],
    ] as const) {
      using _handle = aws.inject({ operation: 'GetCallerIdentity', fault });
      await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name });
    }
    sts.destroy();
  });

  it('hang until removed, then answer; or until the client gives up', async () => {
    const hang = aws.inject({ secretId: 'a', fault: { kind: 'hang' } });
    const pending = readString(client, 'a');
    await expect(Promise.race([pending, readString(client, 'b')])).resolves.toBe('b');
    hang.remove();
    expect(await pending).toBe('a');
    const again = aws.inject({ secretId: 'a', fault: { kind: 'hang' } });
    const impatient = secretsManagerClient(aws.endpoint, { requestTimeoutMs: 50 });
    await expect(readString(impatient, 'a')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(aws.calls.entries.at(-1)?.status).toBeUndefined();
    await expect(readString(impatient, 'a')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect([again.hits, again.mostHanging]).toEqual([2, 1]);
    await Promise.allSettled([readString(impatient, 'a'), readString(impatient, 'a')]);
    expect([again.hits, again.mostHanging]).toEqual([4, 2]);
    impatient.destroy();
  });

  it('go on with a body until the client gives up', async () => {
    const endless = aws.inject({ secretId: 'a', fault: { kind: 'endless-body', status: 500 } });
    const response = await fetch(aws.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue', 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ SecretId: 'a' }),
    });
    let bytes = 0;
    for await (const chunk of response.body!) {
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > 1_000_000) break;
    }
    expect([response.status, response.headers.get('content-length'), endless.hits]).toEqual([500, null, 1]);
    expect(await readString(client, 'b')).toBe('b');
  });

  it('add latency, alone or before another fault', async () => {
    aws.inject({ secretId: 'a', times: 1, fault: { kind: 'latency', ms: 60 } });
    aws.switches.latencyMs = 40;
    const started = performance.now();
    expect(await readString(client, 'a')).toBe('a');
    expect(performance.now() - started).toBeGreaterThanOrEqual(98);
  });

  it('end after so many times, and are drawn by probability', async () => {
    const twice = aws.inject({ operation: 'GetSecretValue', times: 2, fault: { kind: 'throttle' } });
    for (let i = 0; i < 2; i++) await expect(readString(client, 'a')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(await readString(client, 'a')).toBe('a');
    expect(twice.hits).toBe(2);
    const never = aws.inject({ probability: 0.5, fault: { kind: 'throttle' } });
    expect(await readString(client, 'a')).toBe('a');
    expect(never.hits).toBe(0);
    aws.inject({ probability: 0.51, fault: { kind: 'throttle' } });
    await expect(readString(client, 'a')).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('are limited to an account and a region; a secret is met by name and ARN', async () => {
    const { arn } = aws.secrets().describe('a');
    aws.inject({ region: 'us-east-1', fault: { kind: 'throttle' } });
    aws.inject({ account: '999999999999', fault: { kind: 'throttle' } });
    expect(await readString(client, 'a')).toBe('a');
    aws.inject({ secretId: arn, fault: { kind: 'throttle' } });
    await expect(readString(client, 'a')).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(readString(client, arn)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('are retried by the SDK as AWS faults are', async () => {
    const patient = secretsManagerClient(aws.endpoint, { maxAttempts: 3 });
    aws.inject({ times: 2, fault: { kind: 'internal-error' } });
    expect(await readString(patient, 'a')).toBe('a');
    expect(aws.calls.count('GetSecretValue')).toBe(3);
    patient.destroy();
  });

  it('fail single entries of a batch, the rest is served', async () => {
    const planted = aws.inject({ fault: { kind: 'batch-error', secretIds: ['a'], code: 'DecryptionFailure' } });
    aws.inject({ secretId: 'b', fault: { kind: 'access-denied' } });
    const batch = await readBatch(client, ['a', 'b', 'c']);
    expect(batch.SecretValues?.map((value) => value.Name)).toEqual(['c']);
    expect(batch.Errors?.map((error) => [error.SecretId, error.ErrorCode])).toEqual([
      ['a', 'DecryptionFailure'],
      ['b', 'AccessDeniedException'],
    ]);
    expect(planted.hits).toBe(1);
    expect(await readString(client, 'a')).toBe('a');
  });

  it('fail the whole batch when they name no single secret', async () => {
    aws.inject({ operation: 'BatchGetSecretValue', fault: { kind: 'access-denied' } });
    await expect(readBatch(client, ['a'])).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('make ListSecrets stale, or answer an empty page that goes on', async () => {
    const stale = aws.inject({ fault: { kind: 'stale-list' } });
    aws.secrets().create('later', 'x');
    expect((await names()).names).toEqual(['a', 'b', 'c']);
    stale.remove();
    expect((await names()).names).toContain('later');
    aws.inject({ operation: 'ListSecrets', fault: { kind: 'empty-page' } });
    const empty = await names();
    expect(empty.names).toEqual([]);
    expect((await names(empty.next)).names).toEqual(['a', 'b', 'c', 'later']);
  });
});

describe('counters and log', () => {
  it('count by operation and secret, whatever form names it, and by connection', async () => {
    const { arn } = aws.secrets().describe('a');
    for (const id of ['a', arn, 'b']) await readString(client, id);
    await readBatch(client, ['a', 'c']);
    expect(aws.calls.byOperation).toEqual({ GetSecretValue: 3, BatchGetSecretValue: 1 });
    expect(aws.calls.total).toBe(4);
    expect([aws.calls.count('GetSecretValue', 'a'), aws.calls.count('GetSecretValue', arn)]).toEqual([2, 2]);
    expect([aws.calls.count('BatchGetSecretValue', 'c'), aws.calls.count('ListSecrets')]).toEqual([1, 0]);
    expect(aws.calls.connections).toBe(1);
    aws.resetCounters();
    expect([aws.calls.total, aws.calls.connections, aws.calls.entries.length]).toEqual([0, 0, 0]);
  });

  it('keep who asked for what and how it ended', async () => {
    const key = aws.addAccessKey({ account: '444455556666', user: 'u' });
    const other = secretsManagerClient(aws.endpoint, { credentials: key, region: 'us-east-1' });
    await expect(other.send(new PutSecretValueCommand({ SecretId: 'x', SecretString: 'canary-value' }))).rejects.toThrow();
    expect(aws.calls.entries).toMatchObject([
      {
        service: 'secretsmanager',
        operation: 'PutSecretValue',
        secretIds: ['x'],
        account: '444455556666',
        region: 'us-east-1',
        accessKeyId: key.accessKeyId,
        principal: 'arn:aws:iam::444455556666:user/u',
        status: 400,
        errorCode: 'ResourceNotFoundException',
        userAgent: expect.stringContaining('aws-sdk-js'),
      },
    ]);
    expect(JSON.stringify(aws.calls.entries)).not.toContain('canary-value');
    other.destroy();
  });

  it('is answered for operations nobody knows', async () => {
    const ask = (headers: Record<string, string>) => fetch(aws.endpoint, { method: 'POST', headers, body: '{}' });
    expect(await (await ask({ 'x-amz-target': 'secretsmanager.Nonsense' })).json()).toMatchObject({ __type: 'UnknownOperationException' });
    expect((await ask({})).status).toBe(404);
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Action=Nonsense' };
    const refused = await fetch(aws.endpoint, form);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('MissingAuthenticationToken')]);
  });
});
