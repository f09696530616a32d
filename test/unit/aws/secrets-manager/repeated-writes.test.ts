// What a repeated write gives, and what a move of a stage gives while DescribeSecret shows the past.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { retryOf } from '../../../../src/failure/failure.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { failureOfWrite } from '../../../../src/aws/client/write-failure.ts';
import type { SecretWriter, StageMove, WriteCaller, WriteResult } from '../../../../src/aws/writer-port.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { CallBudgets } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { SharedWriteBudget } from '../../../../src/source/limits/budgets/write-budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { never, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

const CANARY = 'canary-value-7f3a';
const [V1, V2, V3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

let world: SdkWorld;
let writer: SecretWriter;

beforeEach(async () => {
  const clock = new FakeClock(Date.now());
  world = await startSdkWorld({ clock });
  writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: new SharedWriteBudget(clock, new CallBudgets(clock)) });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function caller(identity: Identity = world.identity): WriteCaller {
  return { identity, namespace: 'shop' };
}

function put() {
  const version = { secretId: 'db', token: V2, value: SecretValue.ofText(CANARY), format: 'text', stages: ['OURS'] } as const;
  return writer.putVersion(caller(), version, never());
}

function move(stage: string, { to, from }: { readonly to?: string; readonly from?: string }) {
  return writer.moveStage(caller(), { secretId: 'db', stage, to, from } as StageMove, never());
}

/** When a failure is tried again. */
function retryIn(result: WriteResult<unknown>): string {
  return result.ok ? 'ok' : retryOf(failureOfWrite(result.failure));
}

describe('a stage that DescribeSecret shows late', () => {
  beforeEach(() => {
    const secrets = world.aws.secrets();
    secrets.create('db', 'first', { versionId: V1 });
    secrets.put('db', 'second', { versionId: V2, stages: ['OURS'] });
    secrets.put('db', 'third', { versionId: V3, stages: ['THEIRS'] });
  });

  it('where it was put is seen there and not proven: somebody may have moved it on', async () => {
    const secrets = world.aws.secrets();
    secrets.moveStage('db', 'AWSCURRENT', { to: V2, from: V1 });
    using stale = world.aws.staleReads({ operations: ['DescribeSecret'] });
    secrets.moveStage('db', 'AWSCURRENT', { to: V3, from: V2 });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toEqual({ ok: true, value: 'seen' });
    stale.release();
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toMatchObject({ failure: { kind: 'stage-moved', holder: V3 } });
    expect(world.aws.secrets().describe('db').labels['AWSCURRENT']).toBe(V3);
  });

  it('where it was before is unknown and tried again: a lost race is no mistake of a person', async () => {
    const secrets = world.aws.secrets();
    using stale = world.aws.staleReads({ operations: ['DescribeSecret'] });
    secrets.moveStage('db', 'AWSCURRENT', { to: V3, from: V1 });
    const moved = await move('AWSCURRENT', { to: V2, from: V1 });
    expect(moved).toMatchObject({ failure: { kind: 'stage-unknown', mayBeWritten: false } });
    expect(retryIn(moved)).toBe('backoff');
    stale.release();
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toMatchObject({ failure: { kind: 'stage-moved', holder: V3 } });
  });

  it('is unknown where the move has been made, and the reply was lost', async () => {
    using stale = world.aws.staleReads({ operations: ['DescribeSecret'] });
    world.aws.inject({ operation: 'UpdateSecretVersionStage', times: 1, fault: { kind: 'reply-lost' } });
    await move('AWSCURRENT', { to: V2, from: V1 });
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toMatchObject({ failure: { kind: 'stage-unknown' } });
    stale.release();
    expect(await move('AWSCURRENT', { to: V2, from: V1 })).toEqual({ ok: true, value: 'seen' });
  });

  it('is a replica where it was not moved for that reason', async () => {
    world.aws.secrets().create('owned', 'x', { versionId: V1, replicaRegions: ['us-west-2'] });
    const abroad = caller({ ...world.identity, region: 'us-west-2' });
    const moved = await writer.moveStage(abroad, { secretId: 'owned', stage: 'OURS', to: V1, from: undefined }, never());
    expect(moved).toMatchObject({ failure: { kind: 'failed', failure: { reason: 'AWSRequestRefused', facts: { problem: 'replica' } } } });
  });
});

describe('a write whose reply was lost', () => {
  const NEW = { name: 'made', token: V3, value: SecretValue.ofText(CANARY), format: 'text', tags: new Map([['team', 'shop']]) } as const;

  beforeEach(() => {
    const secrets = world.aws.secrets();
    secrets.create('db', 'first', { versionId: V1, tags: { old: '1' } });
    secrets.put('db', 'second', { versionId: V3, stages: ['THEIRS'] });
  });

  const writes: readonly (readonly [string, string, () => Promise<WriteResult<unknown>>, unknown])[] = [
    ['a version', 'PutSecretValue', () => put(), { arn: expect.any(String), versionId: V2, stages: ['OURS'] }],
    ['a stage', 'UpdateSecretVersionStage', () => move('AWSCURRENT', { to: V3, from: V1 }), 'seen'],
    ['a stage that is taken off', 'UpdateSecretVersionStage', () => move('THEIRS', { from: V3 }), 'seen'],
    ['tags', 'TagResource', () => writer.tag(caller(), 'db', new Map([['rotation', 'ours']]), never()), undefined],
    ['tags that are removed', 'UntagResource', () => writer.untag(caller(), 'db', ['old'], never()), undefined],
    ['a new secret', 'CreateSecret', () => writer.create(caller(), NEW, never()), { arn: expect.any(String) }],
    ['a deletion', 'DeleteSecret', () => writer.delete(caller(), 'db', 7, never()), {}],
  ];

  it.each(writes)('may be repeated, and then succeeds: %s', async (_what, operation, write, value) => {
    world.aws.inject({ operation, times: 1, fault: { kind: 'reply-lost' } });
    const secrets = world.aws.secrets();
    expect(await write()).toMatchObject({ failure: { kind: 'failed', failure: { reason: 'AWSUnavailable' }, mayBeWritten: true } });
    const kept = () => secrets.list().map(({ changedMs: _changedMs, ...rest }) => rest);
    const after = kept();
    expect(await write()).toEqual({ ok: true, value });
    expect(kept()).toEqual(after);
    expect(world.aws.calls.count(operation)).toBe(2);
  });

  it('that marked a secret for deletion succeeds once DescribeSecret shows it', async () => {
    using stale = world.aws.staleReads({ operations: ['DescribeSecret'] });
    world.aws.inject({ operation: 'DeleteSecret', times: 1, fault: { kind: 'reply-lost' } });
    await writer.delete(caller(), 'db', 7, never());
    const again = await writer.delete(caller(), 'db', 7, never());
    expect(again).toMatchObject({ failure: { failure: { reason: 'RemoteSecretMarkedForDeletion' } } });
    expect(retryIn(again)).toBe('backoff');
    stale.release();
    expect(await writer.delete(caller(), 'db', 7, never())).toEqual({ ok: true, value: {} });
  });
});
