// Parameter Store through its interface: single reads, batches, and the effect of one bad name on a batch.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import type { VersionSelector } from '../../../../src/aws/port.ts';
import {
  ACCOUNT,
  answersOf,
  CURRENT,
  identityOf,
  never,
  permitted,
  readBatch,
  reasonOf,
  reasonsOf,
  type SdkWorld,
  startSdkWorld,
  textOf,
} from '../sdk-world.ts';
import { said } from '../../../support/said.ts';

const PARAMETERS = { service: 'ParameterStore' } as const;
const ARN = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter`;

let world: SdkWorld;

beforeEach(async () => {
  world = await startSdkWorld();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** An identity that may do these actions on these names. */
function permittedOn(actions: readonly string[], on: readonly string[]): Identity {
  const resources = on.map((name) => `${ARN}${name}`);
  return { ...permitted(world, actions, resources), ...PARAMETERS };
}

const everybody = (): Identity => ({ ...world.identity, ...PARAMETERS });
const read = (secretId: string, version: VersionSelector = CURRENT, identity = everybody()) =>
  world.secrets.read(identity, secretId, version, never());
const putAll = (...names: readonly string[]): void => {
  for (const name of names) world.aws.parameters().put(name, `value of ${name}`);
};
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `/app/p${index}`);
const both = ['ssm:GetParameter', 'ssm:GetParameters'];

describe('a single read', () => {
  it('gives value, version, date and label, by name and ARN', async () => {
    world.aws.parameters().put('/app/db', 'one', { type: 'SecureString' });
    world.aws.parameters().put('/app/db', 'two');
    world.aws.parameters().label('/app/db', 1, 'live');
    const latest = await read('/app/db');
    const date = new Date(world.aws.parameters().describe('/app/db').modifiedMs).toISOString();
    expect(latest).toMatchObject({
      ok: true,
      value: { arn: `${ARN}/app/db`, name: '/app/db', versionId: `2@${date}`, createdDate: date, stages: ['AWSCURRENT'] },
    });
    expect(textOf(latest)).toBe('two');
    expect(textOf(await read(`${ARN}/app/db`))).toBe('two');
    expect(textOf(await read('/app/db', { kind: 'id', id: '1' }))).toBe('one');
    const labelled = await read('/app/db', { kind: 'stage', stage: 'live' });
    expect(labelled).toMatchObject({ ok: true, value: { stages: ['live'], versionId: expect.stringMatching(/^1@/) } });
    expect(textOf(labelled)).toBe('one');
    expect(world.calls.every(({ service, operation, result }) => `${service} ${operation} ${result}` === 'ssm GetParameter ok')).toBe(true);
  });

  it('gives a list of strings as AWS does', async () => {
    world.aws.parameters().put('list', 'a,b,c', { type: 'StringList' });
    expect(textOf(await read('list'))).toBe('a,b,c');
  });

  it('tells what is wrong, and of what', async () => {
    world.aws.parameters().put('/app/db', 'one', { type: 'SecureString', keyId: 'alias/app' });
    const failures = {
      RemoteSecretNotFound: await read('/none'),
      noVersion: await read('/app/db', { kind: 'id', id: '7' }),
      noLabel: await read('/app/db', { kind: 'stage', stage: 'live' }),
      AWSRequestRefused: await read('/bad name'),
    };
    world.aws.kms.setState('alias/app', 'disabled');
    const disabled = await read('/app/db');
    world.aws.kms.setState('alias/app', 'denied');
    const messages = [...Object.values(failures), disabled, await read('/app/db')].map((outcome) =>
      outcome.ok ? 'ok' : `${outcome.failure.reason}: ${said(outcome.failure)}`,
    );
    const as = staticKeyOf(world.identity);
    expect(messages).toEqual([
      'RemoteSecretNotFound: parameter "/none" was not found in eu-central-1',
      'RemoteSecretNotFound: parameter "/app/db" (version 7) was not found in eu-central-1',
      'RemoteSecretNotFound: parameter "/app/db" (label live) was not found in eu-central-1',
      'AWSRequestRefused: GetParameter for parameter "/bad name" in eu-central-1 was refused as invalid (ValidationException)',
      `KMSFailure: parameter "/app/db" in eu-central-1 could not be decrypted for ${as}`,
      `KMSFailure: parameter "/app/db" in eu-central-1 could not be decrypted for ${as}`,
    ]);
    world.aws.switches.parameterThroughput = 1;
    const throttled = await Promise.all([read('/none'), read('/none'), read('/none')]);
    expect(throttled.map(reasonOf)).toContain('Throttled');
  });

  it('shares its session with the reads of secrets as the same role', async () => {
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'both', trust: { principals: ['*'] } });
    const role = identityOf(world.identity.base, { roleArn });
    putAll('/a');
    world.aws.secrets().create('a', 'secret a');
    expect(textOf(await world.secrets.read(role, 'a', CURRENT, never()))).toBe('secret a');
    expect(textOf(await read('/a', CURRENT, { ...role, ...PARAMETERS }))).toBe('value of /a');
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 1, GetSecretValue: 1, GetParameter: 1 });
  });
});

describe('a batch', () => {
  it('reads versions and labels along with the latest, in one call', async () => {
    putAll('/a', '/b/c', 'd');
    world.aws.parameters().put('/b/c', 'new');
    world.aws.parameters().label('/b/c', 1, 'live');
    const live = { secretId: '/b/c', version: { kind: 'stage', stage: 'live' } } as const;
    const batch = await readBatch(world.secrets, everybody(), [
      '/none',
      { secretId: '/a', version: { kind: 'id', id: '1' } },
      live,
      `${ARN}/d`,
      { secretId: '/e', version: { kind: 'id', id: '9' } },
    ]);
    const texts = [...answersOf(batch)].map(([id, outcome]) => [id, textOf(outcome) ?? reasonOf(outcome)]);
    expect(Object.fromEntries(texts)).toEqual({
      '/none': 'RemoteSecretNotFound',
      '/a:1': 'value of /a',
      '/b/c:live': 'value of /b/c',
      [`${ARN}/d`]: 'value of d',
      '/e:9': 'RemoteSecretNotFound',
    });
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 1 });
  });

  it('words what does not exist like a single read', async () => {
    const batch = await readBatch(world.secrets, everybody(), ['/none', '/neither']);
    expect(answersOf(batch).get('/none')).toEqual(await read('/none'));
  });

  it('asks for two versions of one parameter in two calls', async () => {
    putAll('/a', '/b');
    const batch = await readBatch(world.secrets, everybody(), ['/a', '/b', { secretId: '/a', version: { kind: 'id', id: '1' } }]);
    expect(reasonsOf(batch)).toEqual({ '/a': 'ok', '/b': 'ok', '/a:1': 'ok' });
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 1, GetParameter: 1 });
  });

  it('fails as a whole when throttled, or when nobody answers, after one call', async () => {
    for (const kind of ['throttle', 'reset'] as const) {
      using _planted = world.aws.inject({ fault: { kind } });
      const reason = kind === 'throttle' ? 'Throttled' : 'AWSUnavailable';
      expect(reasonsOf(await readBatch(world.secrets, everybody(), ['/a', '/b']))).toEqual({ '/a': reason, '/b': reason });
    }
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 2 });
  });
});

describe('a batch with a bad name', () => {
  it('answers the others, and the next one asks for the bad one alone', async () => {
    world.aws.switches.enforceIam = true;
    putAll(...names(10));
    const identity = permittedOn(
      both,
      names(10).filter((name) => name !== '/app/p6'),
    );
    const expected = Object.fromEntries(names(10).map((name) => [name, name === '/app/p6' ? 'AccessDenied' : 'ok']));
    const first = await readBatch(world.secrets, identity, names(10));
    expect(reasonsOf(first)).toEqual(expected);
    expect(answersOf(first).get('/app/p6')).toEqual(await read('/app/p6', CURRENT, identity));
    // 10, 5 and 5, 2 and 3, and so on: four halvings at most, one side of each for nothing.
    expect(world.aws.calls.count('GetParameters')).toBeLessThanOrEqual(7);
    world.aws.resetCounters();
    expect(reasonsOf(await readBatch(world.secrets, identity, names(10)))).toEqual(expected);
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 1, GetParameter: 1 });
    // What another identity may is its own affair.
    world.aws.resetCounters();
    const other = permittedOn(both, names(10));
    expect(new Set(Object.values(reasonsOf(await readBatch(world.secrets, other, names(10)))))).toEqual(new Set(['ok']));
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 1 });
  });

  it('takes it back into the batch once it could be read alone', async () => {
    world.aws.parameters().put('/locked', 'x', { type: 'SecureString', keyId: 'alias/app' });
    putAll('/a', '/b');
    const all = ['/a', '/locked', '/b'];
    world.aws.kms.setState('alias/app', 'disabled');
    expect(reasonsOf(await readBatch(world.secrets, everybody(), all))).toEqual({ '/a': 'ok', '/locked': 'KMSFailure', '/b': 'ok' });
    world.aws.kms.setState('alias/app', 'enabled');
    for (const calls of [{ GetParameters: 1, GetParameter: 1 }, { GetParameters: 1 }]) {
      world.aws.resetCounters();
      expect(reasonsOf(await readBatch(world.secrets, everybody(), all))).toEqual({ '/a': 'ok', '/locked': 'ok', '/b': 'ok' });
      expect(world.aws.calls.byOperation).toEqual(calls);
    }
  });

  it('needs no more than 9 batch calls and 10 single ones, when all names are bad', async () => {
    world.aws.switches.enforceIam = true;
    const identity = permittedOn(both, ['/elsewhere']);
    expect(new Set(Object.values(reasonsOf(await readBatch(world.secrets, identity, names(10)))))).toEqual(new Set(['AccessDenied']));
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 9, GetParameter: 10 });
  });

  it('tells how many calls it took beside the one', async () => {
    putAll('/a', '/b');
    const references = ['/a', 'bad name', '/b'].map((secretId) => ({ secretId, version: CURRENT }));
    const first = await world.secrets.readBatch(everybody(), references, never());
    const calls = world.aws.calls.total;
    expect(calls).toBeGreaterThan(2);
    expect(first).toMatchObject({ furtherCalls: calls - 1 });
    expect(await world.secrets.readBatch(everybody(), references, never())).toMatchObject({ furtherCalls: 1 });
    expect(world.aws.calls.total).toBe(calls + 2);
  });

  it('splits what AWS refuses as wrong', async () => {
    putAll('/a', '/b');
    expect(reasonsOf(await readBatch(world.secrets, everybody(), ['/a', 'bad name', '/b']))).toEqual({
      '/a': 'ok',
      'bad name': 'AWSRequestRefused',
      '/b': 'ok',
    });
  });

  it('stops when AWS begins to throttle', async () => {
    // Time stands still in AWS, so that its allowance does not grow while a busy machine takes its time.
    const now = Date.now();
    await world[Symbol.asyncDispose]();
    world = await startSdkWorld({ now: () => now });
    world.aws.switches.enforceIam = true;
    putAll(...names(10));
    const identity = permittedOn(both, names(9));
    // The whole, the first half, the second; then no more.
    world.aws.switches.parameterThroughput = 3;
    const reasons = Object.values(reasonsOf(await readBatch(world.secrets, identity, names(10))));
    expect(reasons.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'ok'));
    expect(reasons.slice(5)).toEqual(Array.from({ length: 5 }, () => 'Throttled'));
    expect(world.aws.calls.total).toBe(4);
  });
});

describe('an identity without ssm:GetParameters', () => {
  it('is told apart from one that may not read some of the names', async () => {
    world.aws.switches.enforceIam = true;
    putAll(...names(10));
    const single = permittedOn(['ssm:GetParameter'], ['/app/*']);
    expect(await readBatch(world.secrets, single, names(10))).toBe('batch-denied');
    expect(world.aws.calls.total).toBeLessThanOrEqual(7);
    expect(await readBatch(world.secrets, single, ['/app/p0', '/app/none'])).toBe('batch-denied');
    expect(reasonOf(await read('/app/p0', CURRENT, single))).toBe('ok');
  });

  it('is not taken for one when permission comes while a batch is split', async () => {
    putAll('/a', '/b');
    world.aws.inject({ operation: 'GetParameters', times: 1, fault: { kind: 'access-denied' } });
    expect(reasonsOf(await readBatch(world.secrets, everybody(), ['/a', '/b']))).toEqual({ '/a': 'ok', '/b': 'ok' });
  });
});

function staticKeyOf({ base }: Identity): string {
  return base.kind === 'static' ? base.accessKeyId.reveal().toString() : '';
}
