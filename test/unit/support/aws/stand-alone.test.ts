import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readString, secretsManagerClient } from '../../../support/aws/sdk-clients.ts';

const MAIN = new URL('../../../support/aws/main.ts', import.meta.url).pathname;
let child: ChildProcess;
let endpoint: string;

beforeAll(async () => {
  child = spawn(process.execPath, [MAIN, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  ({ endpoint } = JSON.parse(line) as { endpoint: string });
});
afterAll(async () => {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

async function command(name: string, input: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${endpoint}/_emulator/${name}`, { method: 'POST', body: JSON.stringify(input) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

const READER = `
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: 'irsa' }));
process.stdout.write(SecretString);
`;

describe('the emulator on its own', () => {
  it('is filled, broken, repaired and counted by its control endpoint', async () => {
    const client = secretsManagerClient(endpoint);
    const { body: created } = await command('create', { name: 's', value: 'one', options: { tags: { team: 'a' } } });
    expect(created).toMatchObject({ name: 's', arn: expect.stringContaining(':secret:s-') });
    expect(await readString(client, 's')).toBe('one');
    await command('put', { secretId: 's', value: 'two' });
    const { body: fault } = await command('inject', { secretId: 's', fault: { kind: 'access-denied' } });
    await expect(readString(client, 's')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await command('fault', fault)).body).toEqual({ hits: 1 });
    expect((await command('remove-fault', fault)).body).toEqual({ removed: true, hits: 1 });
    expect(await readString(client, 's')).toBe('two');
    expect((await command('calls')).body).toMatchObject({ byOperation: { GetSecretValue: 3 } });
    expect((await command('log', { last: 1 })).body).toMatchObject({ entries: [{ operation: 'GetSecretValue', status: 200 }] });
    await command('reset-counters');
    expect((await command('calls')).body).toMatchObject({ total: 0 });
    client.destroy();
  });

  it('makes a queue that gets events, and a new one in its place', async () => {
    const depth = async (): Promise<number> => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: String(url), AttributeNames: ['All'] }));
      return Number(Attributes?.['ApproximateNumberOfMessages']);
    };
    const sqs = new SQSClient({ endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' } });
    const { url } = (await command('create-queue', { name: 'changes', events: true })).body;
    await command('create', { name: 'told', value: 'one' });
    await command('put', { secretId: 'told', value: 'two' });
    expect(await depth()).toBe(1);
    expect((await command('create-queue', { name: 'changes', events: true })).body).toEqual({ url });
    expect(await depth()).toBe(0);
    await command('put', { secretId: 'told', value: 'three' });
    expect(await depth()).toBe(1);
    sqs.destroy();
  });

  it('takes binary values, moves labels, deletes and restores, tells what it holds', async () => {
    await command('create', { name: 'bin', valueBase64: 'AP8=' });
    const { body: pending } = await command('put', { secretId: 'bin', value: 'next', options: { stages: ['AWSPENDING'] } });
    const { body: before } = await command('describe', { secretId: 'bin' });
    const from = (before['labels'] as Record<string, string>)['AWSCURRENT'];
    await command('move-stage', { secretId: 'bin', stage: 'AWSCURRENT', to: pending['versionId'], from });
    expect((await command('describe', { secretId: 'bin' })).body).toMatchObject({
      labels: { AWSCURRENT: pending['versionId'], AWSPREVIOUS: from },
    });
    await command('delete', { secretId: 'bin' });
    expect((await command('describe', { secretId: 'bin' })).body['deletionMs']).toEqual(expect.any(Number));
    await command('restore', { secretId: 'bin' });
    expect((await command('describe', { secretId: 'bin' })).body).not.toHaveProperty('deletionMs');
  });

  it('has its switches, keys and roles set', async () => {
    const { body: key } = await command('add-access-key', { account: '444455556666', user: 'u', policies: [] });
    const client = secretsManagerClient(endpoint, { credentials: key as { accessKeyId: string; secretAccessKey: string } });
    const role = { account: '444455556666', name: 'r', trust: { principals: ['*'] } };
    expect((await command('add-role', role)).body).toEqual({ arn: 'arn:aws:iam::444455556666:role/r' });
    await command('switches', { enforceIam: true, verifySignatures: true });
    await expect(readString(client, 's')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await command('switches', { enforceIam: false, verifySignatures: false });
    await expect(readString(client, 's')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    client.destroy();
  });

  it('serves a process that knows only the SDK variables and a web identity token in a file', async () => {
    await command('switches', { verifyWebIdentity: false });
    await command('create', { account: '777788889999', region: 'eu-west-1', name: 'irsa', value: 'by web identity' });
    const trust = { webIdentity: { issuer: 'https://issuer.example', subjects: ['system:serviceaccount:ns:*'] } };
    const { body: role } = await command('add-role', { account: '777788889999', name: 'irsa', trust });
    const folder = await mkdtemp(join(tmpdir(), 'aws-emulator-'));
    const claims = { iss: 'https://issuer.example', sub: 'system:serviceaccount:ns:sa', aud: 'sts.amazonaws.com', exp: 4e9 };
    await writeFile(join(folder, 'token'), `${encode({ alg: 'none' })}.${encode(claims)}.`);
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ROLE_ARN: String(role['arn']),
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', READER], {
        env,
        cwd: import.meta.dirname,
      });
      expect(stdout).toBe('by web identity');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['an unknown command', 'nonsense', {}, 404],
    ['wrong input', 'create', { value: 'x' }, 400],
    ['what AWS would refuse', 'create', { name: 'a b', value: 'x' }, 400],
    ['an unknown switch', 'switches', { enforceIAM: true }, 400],
  ])('refuses %s', async (_, name, input, status) => {
    expect(await command(name, input)).toMatchObject({ status, body: { error: expect.any(String), message: expect.any(String) } });
  });
});
