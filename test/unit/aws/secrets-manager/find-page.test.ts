// Queries through the port, over HTTP: ListSecrets of Secrets Manager, GetParametersByPath of Parameter Store, one page at a time.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../../src/failure/failure.ts';
import type { FoundPage } from '../../../../src/aws/port.ts';
import { ACCOUNT, never, permitted, type SdkWorld, startSdkWorld } from '../sdk-world.ts';
import { said, saidOf } from '../../../support/said.ts';

const PARAMETERS = { service: 'ParameterStore' } as const;

let world: SdkWorld;

beforeEach(async () => {
  world = await startSdkWorld({ enforceIam: true });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function namesOf(page: Outcome<FoundPage>): readonly string[] {
  if (!page.ok) throw new Error(said(page.failure));
  return page.value.found.map(({ name }) => name);
}

describe('a page of secrets', () => {
  const find = (path: string, page?: string, identity = permitted(world, ['secretsmanager:ListSecrets'])) =>
    world.secrets.findPage(identity, path, page, never());

  it('has those whose names begin with the path, as it is written', async () => {
    for (const name of ['app/a', 'App/b', 'apple', 'app', 'my/app/c']) world.aws.secrets().create(name, 'canary');
    expect(namesOf(await find('app/'))).toEqual(['app/a']);
    expect(namesOf(await find('app')).toSorted()).toEqual(['app', 'app/a', 'apple']);
    expect(namesOf(await find(''))).toHaveLength(5);
    const [{ arn }] = [world.aws.secrets().describe('app/a')];
    expect(await find('app/')).toEqual({ ok: true, value: { found: [{ name: 'app/a', arn }] } });
  });

  it('tells where the next one begins', async () => {
    for (let index = 0; index < 101; index += 1) world.aws.secrets().create(`app/${index}`, 'canary');
    const first = await find('app/');
    const next = first.ok ? first.value.next : undefined;
    expect(next).toBeDefined();
    const second = await find('app/', next);
    expect(new Set([...namesOf(first), ...namesOf(second)]).size).toBe(101);
    expect(second).not.toHaveProperty('value.next');
  });

  it('has none for a path that would be a filter for all others', async () => {
    world.aws.secrets().create('app/a', 'canary');
    expect(await find('!other')).toEqual({ ok: true, value: { found: [] } });
    expect(world.aws.calls.byOperation).toEqual({});
  });

  it('has none that is marked for deletion', async () => {
    world.aws.secrets().create('app/a', 'canary');
    world.aws.secrets().delete('app/a');
    expect(namesOf(await find('app/'))).toEqual([]);
  });

  it('that the identity may not see is denied', async () => {
    const denied = await find('app/', undefined, permitted(world, ['secretsmanager:GetSecretValue']));
    expect(saidOf(denied)).toEqual({ reason: 'AccessDenied', message: expect.stringContaining('secretsmanager:ListSecrets') });
  });
});

describe('a page of parameters', () => {
  const find = (path: string, page?: string, identity = permitted(world, ['ssm:GetParametersByPath'])) =>
    world.secrets.findPage({ ...identity, ...PARAMETERS }, path, page, never());

  it('has those of the hierarchy, on all levels, without a decryption', async () => {
    for (const name of ['/app/a', '/app/deep/er/b', '/apple', 'app']) world.aws.parameters().put(name, 'canary', { type: 'SecureString' });
    // No permission for the key.
    world.aws.parameters().put('/app/c', 'canary', { type: 'SecureString', keyId: 'alias/app' });
    expect(namesOf(await find('/app/'))).toEqual(['/app/a', '/app/c', '/app/deep/er/b']);
    expect(namesOf(await find('/app'))).toEqual(['/app/a', '/app/c', '/app/deep/er/b']);
    expect(JSON.stringify(await find('/app/'))).not.toContain('canary');
  });

  it('tells where the next one begins', async () => {
    for (let index = 0; index < 11; index += 1) world.aws.parameters().put(`/app/${index}`, 'canary');
    const first = await find('/app/');
    const second = await find('/app/', first.ok ? first.value.next : undefined);
    expect([namesOf(first).length, namesOf(second).length]).toEqual([10, 1]);
    expect(second).not.toHaveProperty('value.next');
  });

  it('of what is no path is refused, and of what is not allowed denied', async () => {
    expect(await find('app')).toMatchObject({ ok: false, failure: { reason: 'AWSRequestRefused' } });
    const denied = await find(
      '/app/',
      undefined,
      permitted(world, ['ssm:GetParametersByPath'], [`arn:aws:ssm:*:${ACCOUNT}:parameter/other/*`]),
    );
    expect(saidOf(denied)).toEqual({ reason: 'AccessDenied', message: expect.stringContaining('ssm:GetParametersByPath') });
  });
});
