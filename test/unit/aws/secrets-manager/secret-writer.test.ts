// Writes to Secrets Manager over the wire: stored values, refusals, and writes that are not sent.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import type { NewVersion, SecretWriter, StageMove, WriteCaller, WriteRequest, WriteResult } from '../../../../src/aws/writer-port.ts';
import { retryOf } from '../../../../src/failure/failure.ts';
import { failureOfWrite } from '../../../../src/aws/client/write-failure.ts';
import { failed } from '../../../../src/base/result.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { CallBudgets } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { SharedWriteBudget } from '../../../../src/source/limits/budgets/write-budget.ts';
import type { Fault } from '../../../support/aws/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { saidOf } from '../../../support/said.ts';
import { never, permitted, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

const CANARY = 'canary-value-7f3a';
const [V1, V2, V3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

let clock: FakeClock;
let budgets: CallBudgets;
let world: SdkWorld;
let writer: SecretWriter;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  world = await startSdkWorld({ clock, enforceIam: true });
  // What the SDK would do by itself, if it was let.
  process.env['AWS_MAX_ATTEMPTS'] = '3';
  budgets = new CallBudgets(clock);
  writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: new SharedWriteBudget(clock, budgets) });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function caller(identity: Identity = world.identity, namespace = 'shop'): WriteCaller {
  return { identity, namespace };
}

function put(over: Partial<NewVersion> & { readonly text?: string } = {}, by = caller()) {
  const { text = CANARY, ...rest } = over;
  const version: NewVersion = { secretId: 'db', token: V2, value: SecretValue.ofText(text), format: 'text', stages: ['OURS'], ...rest };
  return writer.putVersion(by, version, never());
}

function move(stage: string, { to, from }: { readonly to?: string; readonly from?: string }, by = caller()) {
  return writer.moveStage(by, { secretId: 'db', stage, to, from } as StageMove, never());
}

function requestOf(operation: string, name = 'db', version?: string): WriteRequest {
  const resource = { type: 'secret', name, ...(version !== undefined && { version: `version ${version}` }) } as const;
  return { service: 'secretsmanager', region: 'eu-central-1', operation, resource };
}

/** How many writes would be sent now. */
function writesLeft(): number {
  let count = 0;
  while (budgets.take(world.identity, 'write', 'wanted', 'counting') === 0) count += 1;
  return count;
}

/** `ok`, or the kind of the failure, with the reason where AWS refused. */
function ending(result: WriteResult<unknown>): string {
  if (result.ok) return 'ok';
  return result.failure.kind === 'failed' ? `failed: ${result.failure.failure.reason}` : result.failure.kind;
}

function stages(): Readonly<Record<string, string>> {
  return world.aws.secrets().describe('db').labels;
}

describe('a version', () => {
  beforeEach(() => {
    world.aws.secrets().create('db', 'first', { versionId: V1 });
  });

  it('is stored under its token and stages, and nothing else moves', async () => {
    const { arn } = world.aws.secrets().describe('db');
    expect(await put({ stages: ['OURS', 'AWSPENDING'] })).toEqual({
      ok: true,
      value: { arn, versionId: V2, stages: ['OURS', 'AWSPENDING'] },
    });
    expect(stages()).toEqual({ AWSCURRENT: V1, OURS: V2, AWSPENDING: V2 });
    expect(world.aws.secrets().value('db', 'OURS')).toBe(CANARY);
    expect(world.calls).toMatchObject([{ operation: 'PutSecretValue', result: 'ok', attempts: 1 }]);
  });

  it('keeps its bytes', async () => {
    const bytes = Buffer.from([0, 255, 7]);
    expect(ending(await put({ value: SecretValue.ofBytes(bytes), format: 'binary' }))).toBe('ok');
    expect(world.aws.secrets().value('db', 'OURS')).toEqual(bytes);
  });

  it('is written once, however often the same one is put', async () => {
    await put();
    world.aws.secrets().moveStage('db', 'OURS', { to: V1, from: V2 });
    const again = await put();
    // The repetition moves no stage.
    expect(again).toMatchObject({ ok: true, value: { versionId: V2, stages: [] } });
    expect(world.aws.secrets().describe('db').versionIds).toEqual([V1, V2]);
  });

  it.each([
    ['another value', { text: 'other' }],
    ['the same bytes as binary', { format: 'binary' }],
  ] as const)('is not changed by its token with %s, and that is told apart', async (_what, over) => {
    await put();
    const again = await put(over);
    expect(again).toEqual({
      ok: false,
      failure: { kind: 'exists', request: requestOf('PutSecretValue', 'db', V2), what: 'version-exists', mayBeWritten: false },
    });
    expect(world.aws.secrets().value('db', 'OURS')).toBe(CANARY);
    expect(inspect(again, { depth: 9, showHidden: true })).not.toContain(CANARY);
  });

  it.each([
    ['is empty', 'empty-value', { text: '' }],
    ['is larger than AWS takes', 'large-value', { text: 'x'.repeat(65_537) }],
    ['is not UTF-8', 'value-not-text', { value: SecretValue.ofBytes(Buffer.from([0xff])) }],
  ])('is not sent when its value %s', async (_what, problem, over) => {
    expect(await put(over)).toMatchObject({
      failure: { kind: 'failed', failure: { reason: 'AWSRequestRefused', facts: { problem } }, mayBeWritten: false },
    });
    expect(world.aws.calls.total).toBe(0);
  });

  it('is refused beyond what AWS allows, and that is asked once', async () => {
    const secrets = world.aws.secrets();
    for (let count = 0; count < 19; count += 1) secrets.moveStage('db', `stage-${count}`, { to: V1 });
    expect(await put()).toEqual({
      ok: false,
      failure: {
        kind: 'quota',
        request: requestOf('PutSecretValue'),
        failure: expect.objectContaining({ reason: 'AWSQuotaExceeded', facts: requestOf('PutSecretValue') }),
        mayBeWritten: false,
      },
    });
    expect(world.aws.calls.count('PutSecretValue')).toBe(1);
    // A quota of one secret is no throttling: the writes of the account go on as before.
    expect(world.calls).toMatchObject([{ result: 'AWSQuotaExceeded', attempts: 1, throttled: 0 }]);
    expect(writesLeft()).toBe(19);
  });
});

const planted: readonly (readonly [string, Fault, string, boolean])[] = [
  ['throttles', { kind: 'throttle' }, 'failed: Throttled', false],
  ['denies', { kind: 'access-denied' }, 'failed: AccessDenied', false],
  ['cannot encrypt', { kind: 'error', code: 'EncryptionFailure' }, 'failed: KMSFailure', false],
  ['finds nothing', { kind: 'error', code: 'ResourceNotFoundException' }, 'failed: RemoteSecretNotFound', false],
  ['fails', { kind: 'internal-error' }, 'failed: AWSUnavailable', true],
  ['is behind a load balancer that answers', { kind: 'service-unavailable' }, 'failed: AWSUnavailable', true],
  ['goes away before the write', { kind: 'reset' }, 'failed: AWSUnavailable', true],
  ['goes away after the write', { kind: 'reply-lost' }, 'failed: AWSUnavailable', true],
  ['answers something else', { kind: 'unparsable-body' }, 'failed: AWSUnavailable', true],
];

describe('a write', () => {
  beforeEach(() => {
    world.aws.secrets().create('db', 'first', { versionId: V1 });
  });

  it.each(planted)(
    'is sent once where AWS %s, tells whether it may have been made, and can be repeated',
    async (_what, fault, end, may) => {
      world.aws.inject({ operation: 'PutSecretValue', times: 1, fault });
      const first = await put();
      expect([ending(first), first.ok || first.failure.mayBeWritten]).toEqual([end, may]);
      expect(world.aws.calls.byOperation).toEqual({ PutSecretValue: 1 });
      expect(inspect(first, { depth: 9, showHidden: true })).not.toContain(CANARY);
      // After throttling the budget has to fill again.
      await clock.advance(1_000);
      expect(ending(await put())).toBe('ok');
      expect(world.aws.secrets().describe('db').versionIds).toEqual([V1, V2]);
    },
  );

  it('of a secret that is marked for deletion is refused as that', async () => {
    world.aws.secrets().delete('db');
    const results = [await put(), await move('OURS', { to: V1 }), await writer.tag(caller(), 'db', new Map([['a', 'b']]), never())];
    expect(results.map(ending)).toEqual(Array.from({ length: 3 }, () => 'failed: RemoteSecretMarkedForDeletion'));
  });

  it('ends with the signal of the caller, and that is no failure', async () => {
    const stop = new AbortController();
    using hang = world.aws.inject({ fault: { kind: 'hang' } });
    const writing = writer.untag(caller(), 'db', ['a'], stop.signal);
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new DOMException('stop', 'AbortError'));
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    await expect(writer.untag(caller(), 'db', ['a'], stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('needs a permission of its own on the secret', async () => {
    const secrets = world.aws.secrets();
    const { arn } = secrets.describe('db');
    secrets.create('other', 'x');
    const actions = ['PutSecretValue', 'UpdateSecretVersionStage', 'TagResource', 'UntagResource', 'DeleteSecret', 'CreateSecret'];
    const write = (as: Identity, id = 'db'): Promise<WriteResult<unknown>>[] => [
      put({ secretId: id }, caller(as)),
      writer.moveStage(caller(as), { secretId: id, stage: 'OURS', to: V1, from: undefined }, never()),
      writer.tag(caller(as), id, new Map([['a', 'b']]), never()),
      writer.untag(caller(as), id, ['a'], never()),
      writer.delete(caller(as), id, 7, never()),
      writer.create(caller(as), { name: 'made', token: V3, value: SecretValue.ofText('x'), format: 'text', tags: new Map() }, never()),
    ];
    const denied = Array.from({ length: 6 }, () => 'failed: AccessDenied');
    for (const [index, action] of actions.entries()) {
      const others = actions.filter((one) => one !== action).map((one) => `secretsmanager:${one}`);
      const results = await Promise.all(write(permitted(world, others, ['arn:aws:secretsmanager:*:*:secret:none-??????'])));
      expect(results.map(ending)[index]).toBe('failed: AccessDenied');
    }
    const reader = permitted(world, ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']);
    expect((await Promise.all(write(reader))).map(ending)).toEqual(denied);
    const ownOnly = permitted(world, ['secretsmanager:*'], [arn]);
    expect((await Promise.all(write(ownOnly, 'other'))).map(ending)).toEqual(denied);
    expect(ending(await put({}, caller(ownOnly)))).toBe('ok');
  });
});

describe('a stage', () => {
  beforeEach(() => {
    const secrets = world.aws.secrets();
    secrets.create('db', 'first', { versionId: V1 });
    secrets.put('db', 'second', { versionId: V2, stages: ['OURS'] });
  });

  it('moves from the version that holds it; AWSPREVIOUS follows by itself', async () => {
    expect(await move('AWSPENDING', { to: V2 })).toEqual({ ok: true, value: 'moved' });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toEqual({ ok: true, value: 'moved' });
    expect(stages()).toEqual({ AWSCURRENT: V2, AWSPREVIOUS: V1, AWSPENDING: V2, OURS: V2 });
    expect(await move('AWSPENDING', { from: V2 })).toEqual({ ok: true, value: 'moved' });
    expect(stages()).not.toHaveProperty('AWSPENDING');
  });

  it('that was moved already is not moved again, and is seen there: the reply may have been lost', async () => {
    world.aws.inject({ operation: 'UpdateSecretVersionStage', times: 1, fault: { kind: 'reply-lost' } });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toMatchObject({ failure: { kind: 'failed', mayBeWritten: true } });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toEqual({ ok: true, value: 'seen' });
    await move('OURS', { from: V2 });
    expect(await move('OURS', { from: V2 })).toEqual({ ok: true, value: 'seen' });
    expect(stages()).toEqual({ AWSCURRENT: V2, AWSPREVIOUS: V1 });
  });

  it('that somebody else has moved is a conflict that names who holds it', async () => {
    world.aws.secrets().put('db', 'third', { versionId: V3 });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toEqual({
      ok: false,
      failure: {
        kind: 'stage-moved',
        request: requestOf('UpdateSecretVersionStage'),
        move: { secretId: 'db', stage: 'AWSCURRENT', to: V2, from: V1 },
        holder: V3,
        mayBeWritten: false,
      },
    });
    expect(await move('OURS', { to: V1 })).toMatchObject({ failure: { kind: 'stage-moved', holder: V2 } });
    expect(await move('NEW', { to: V1, from: V2 })).toMatchObject({ failure: { kind: 'stage-moved', holder: undefined } });
    expect(stages()).toEqual({ AWSCURRENT: V3, AWSPREVIOUS: V1, OURS: V2 });
  });

  it('goes to one of many who want it', async () => {
    const secrets = world.aws.secrets();
    const ids = Array.from({ length: 8 }, (_, index) => String(index).repeat(33));
    for (const id of ids) secrets.put('db', id, { versionId: id, stages: [`own-${id[0]}`] });
    const results = await Promise.all(ids.map((to) => move('AWSPENDING', { to })));
    expect(results.map(ending).sort()).toEqual(['ok', ...ids.slice(1).map(() => 'stage-moved')]);
    expect(ids[results.findIndex(({ ok }) => ok)]).toBe(stages()['AWSPENDING']);
  });

  it('is not taken off AWSCURRENT, and not given to a version that there is not', async () => {
    expect(ending(await move('AWSCURRENT', { from: V1 }))).toBe('failed: AWSRequestRefused');
    const moved = await move('OURS', { to: V3, from: V2 });
    if (moved.ok || moved.failure.kind !== 'failed') throw new Error('expected a failure');
    expect(saidOf(failed(moved.failure.failure))).toEqual({
      reason: 'RemoteSecretNotFound',
      message: `secret "db" (version ${V3}) was not found in eu-central-1`,
    });
  });

  it('whose holder cannot be looked up is unknown, and to be tried again', async () => {
    const mover = permitted(world, ['secretsmanager:UpdateSecretVersionStage']);
    const moved = await move('OURS', { to: V1 }, caller(mover));
    expect(moved).toMatchObject({ failure: { kind: 'stage-unknown', notDescribed: { reason: 'AccessDenied' } } });
    if (!moved.ok) expect(retryOf(failureOfWrite(moved.failure))).toBe('backoff');
  });
});

describe('a secret', () => {
  it.each([0, 6, 31, 7.5, Number.NaN])('is not marked for deletion with a recovery window of %p days', async (days) => {
    world.aws.secrets().create('db', 'x');
    expect(await writer.delete(caller(), 'db', days, never())).toMatchObject({
      failure: { kind: 'failed', failure: { reason: 'AWSRequestRefused', facts: { problem: 'recovery-window' } }, mayBeWritten: false },
    });
    expect(world.aws.calls.total).toBe(0);
  });

  it('is described as far as a rotation has to know it', async () => {
    const secrets = world.aws.secrets();
    secrets.create('plain', 'x', { versionId: V1, tags: { team: 'shop' } });
    secrets.put('plain', 'y', { versionId: V2 });
    const description = (id: string) => writer.describe(world.identity, id, never());
    expect(await description('plain')).toEqual({
      ok: true,
      value: {
        arn: secrets.describe('plain').arn,
        name: 'plain',
        stages: new Map([
          ['AWSCURRENT', V2],
          ['AWSPREVIOUS', V1],
        ]),
        tags: new Map([['team', 'shop']]),
        isRotated: false,
        replicas: [],
      },
    });
    secrets.create('owned', 'x', { owningService: 'rds', replicaRegions: ['us-west-2'] });
    expect(await description('owned')).toMatchObject({ value: { owningService: 'rds', replicas: ['us-west-2'] } });
    const replica = { ...world.identity, region: 'us-west-2' };
    expect(await writer.describe(replica, 'owned', never())).toMatchObject({ value: { primaryRegion: 'eu-central-1' } });
    secrets.delete('plain');
    expect(await description('plain')).toMatchObject({ value: { deletedDate: expect.stringMatching(/^20\d\d-/) } });
    expect(await description('none')).toMatchObject({ failure: { reason: 'RemoteSecretNotFound' } });
  });

  it('is tagged and untagged, as often as it is said', async () => {
    world.aws.secrets().create('db', 'x', { tags: { kept: '1' } });
    for (let count = 0; count < 2; count += 1) {
      expect(ending(await writer.tag(caller(), 'db', new Map([['rotation', 'ours']]), never()))).toBe('ok');
    }
    expect(world.aws.secrets().describe('db').tags).toEqual({ kept: '1', rotation: 'ours' });
    for (let count = 0; count < 2; count += 1) expect(ending(await writer.untag(caller(), 'db', ['rotation'], never()))).toBe('ok');
    expect(world.aws.secrets().describe('db').tags).toEqual({ kept: '1' });
  });

  it('is created once by its token, and deleted so that it can be restored', async () => {
    const secret = {
      name: 'made',
      token: V1,
      value: SecretValue.ofText(CANARY),
      format: 'text',
      tags: new Map([['team', 'shop']]),
    } as const;
    const create = (over: object = {}) => writer.create(caller(), { ...secret, ...over }, never());
    const first = await create();
    expect(await create()).toEqual(first);
    expect(first).toEqual({ ok: true, value: { arn: world.aws.secrets().describe('made').arn } });
    expect(world.aws.secrets().describe('made').tags).toEqual({ team: 'shop' });
    expect(await create({ token: V2 })).toEqual({
      ok: false,
      failure: { kind: 'exists', request: requestOf('CreateSecret', 'made'), what: 'secret-exists', mayBeWritten: false },
    });
    const gone = await writer.delete(caller(), 'made', 7, never());
    expect(gone).toEqual({ ok: true, value: { goneAt: new Date(world.aws.secrets().describe('made').deletionMs ?? 0).toISOString() } });
    world.aws.secrets().restore('made');
    expect(world.aws.secrets().value('made')).toBe(CANARY);
  });
});
