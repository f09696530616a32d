// BatchGetSecretValue: one result for each id, for every response of AWS.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../../../src/base/result.ts';
import { systemClock } from '../../../../src/base/time/clock.ts';
import type { AwsCall } from '../../../../src/aws/call/observed-call.ts';
import { createAwsServices } from '../../../../src/aws/aws-services.ts';
import {
  ACCOUNT,
  identityOf,
  never,
  noTokens,
  answersOf,
  readBatch,
  reasonsOf,
  startSdkWorld,
  staticBase,
  textOf,
  useEndpoint,
} from '../sdk-world.ts';

function entry(name: string, versionId: string, ...VersionStages: string[]): object {
  return {
    ARN: `arn:aws:secretsmanager:eu-central-1:1:secret:${name}-AbCdEf`,
    Name: name,
    VersionId: versionId,
    SecretString: `${name}@${versionId}`,
    VersionStages,
    CreatedDate: 1_700_000_000,
  };
}

describe('a batch of Secrets Manager', () => {
  it('answers names, ARNs and partial ARNs, each with its own failure', async () => {
    await using world = await startSdkWorld();
    const secrets = world.aws.secrets();
    secrets.create('by-name', '1');
    const { arn } = secrets.create('by-arn', '2');
    const partial = secrets.create('by-partial-arn', '3').arn.slice(0, -7);
    secrets.create('denied', '4');
    secrets.create('deleted', '5');
    secrets.delete('deleted');
    world.aws.inject({ secretId: 'denied', fault: { kind: 'access-denied' } });
    const ids = [partial, 'denied', 'missing', arn, 'deleted', 'by-name'];
    const batch = await readBatch(world.secrets, world.identity, ids);
    expect(reasonsOf(batch)).toEqual({
      [partial]: 'ok',
      denied: 'AccessDenied',
      missing: 'RemoteSecretNotFound',
      [arn]: 'ok',
      deleted: 'RemoteSecretMarkedForDeletion',
      'by-name': 'ok',
    });
    expect(textOf(answersOf(batch).get(partial))).toBe('3');
    expect(world.aws.calls.byOperation).toEqual({ BatchGetSecretValue: 1 });
  });

  it('words a failure like a single read does', async () => {
    await using world = await startSdkWorld();
    world.aws.secrets().create('denied', 'x');
    for (const fault of ['access-denied', 'internal-error', 'throttle'] as const) {
      using _planted = world.aws.inject({ secretId: 'denied', fault: { kind: fault } });
      const single = await world.secrets.read(world.identity, 'denied', { kind: 'stage', stage: 'AWSCURRENT' }, never());
      const batch = await readBatch(world.secrets, world.identity, ['denied', 'other']);
      expect(answersOf(batch).get('denied')).toEqual(single);
    }
  });

  it('says when batch calls are denied as such', async () => {
    await using world = await startSdkWorld({ enforceIam: true, verifySignatures: true });
    world.aws.secrets().create('a', '1');
    const policies = [{ Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' } }];
    const identity = identityOf(staticBase(world.aws.addAccessKey({ account: ACCOUNT, user: 'reader', policies })));
    expect(await readBatch(world.secrets, identity, ['a', 'b'])).toBe('batch-denied');
  });

  it('does not let one id that AWS refuses take the others along', async () => {
    await using world = await startSdkWorld();
    world.aws.secrets().create('good', '1');
    world.aws.inject({ operation: 'BatchGetSecretValue', fault: { kind: 'error', code: 'InvalidParameterException' } });
    world.aws.inject({ operation: 'GetSecretValue', secretId: 'bad name', fault: { kind: 'error', code: 'InvalidParameterException' } });
    const batch = await readBatch(world.secrets, world.identity, ['good', 'bad name']);
    expect(reasonsOf(batch)).toEqual({ good: 'ok', 'bad name': 'AWSRequestRefused' });
  });

  it('fails every id when the service does not answer', async () => {
    await using world = await startSdkWorld();
    world.aws.inject({ fault: { kind: 'reset' } });
    const batch = await readBatch(world.secrets, world.identity, ['a', 'b']);
    expect(reasonsOf(batch)).toEqual({ a: 'AWSUnavailable', b: 'AWSUnavailable' });
    expect(world.aws.calls.byOperation).toEqual({ BatchGetSecretValue: 1 });
  });

  it('takes pages, other orders and duplicates, and reads alone what is stale or missing', async () => {
    const asked: unknown[] = [];
    const observed: AwsCall[] = [];
    const respond = (target: string, input: Record<string, unknown>): object => {
      asked.push([target.split('.')[1], input['SecretId'] ?? input['NextToken']]);
      if (target.endsWith('.GetSecretValue')) return entry(String(input['SecretId']), 'v9', 'AWSCURRENT');
      if (input['NextToken'] === undefined) return { SecretValues: [entry('c', 'v1', 'AWSCURRENT')], NextToken: 'more' };
      return { SecretValues: [entry('b', 'v0', 'AWSPREVIOUS'), entry('a', 'v1', 'AWSCURRENT'), entry('c', 'v1', 'AWSCURRENT')] };
    };
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        response.end(JSON.stringify(respond(String(request.headers['x-amz-target']), input)));
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    useEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const secrets = createAwsServices({ clock: systemClock, tokens: noTokens, observe: (call) => void observed.push(call) });
    const identity = identityOf(staticBase({ accessKeyId: 'AKIAABCDEFGHIJKLMNOP', secretAccessKey: 'x' }));
    try {
      const batch = await readBatch(secrets, identity, ['a', 'b', 'c', 'd']);
      const texts = Object.fromEntries([...answersOf(batch)].map(([id, result]) => [id, textOf(result)]));
      expect(texts).toEqual({ a: 'a@v1', b: 'b@v9', c: 'c@v1', d: 'd@v9' });
      expect(asked).toEqual([
        ['BatchGetSecretValue', undefined],
        ['BatchGetSecretValue', 'more'],
        ['GetSecretValue', 'b'],
        ['GetSecretValue', 'd'],
      ]);
      // However many pages it takes, four values were asked for, and the two that were missing once more.
      expect(observed.map(({ secrets: values }) => values)).toEqual([4, 0, 1, 1]);
      expect(await secrets.verifyCredentials(identity, never())).toEqual(ok({ identityName: 'AKIAABCDEFGHIJKLMNOP' }));
    } finally {
      secrets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
