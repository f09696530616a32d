// The limits of writes to AWS: the Lease, and the budget of the account.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SecretWriter, WriteResult } from '../../../../src/aws/writer-port.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { CallBudgets, type OperationClass } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { LONGEST_WAIT, SharedWriteBudget } from '../../../../src/source/limits/budgets/write-budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ACCOUNT, identityOf, never, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

const REQUEST = {
  service: 'secretsmanager',
  region: 'eu-central-1',
  operation: 'PutSecretValue',
  resource: { type: 'secret', name: 'db' },
};

let clock: FakeClock;
let budgets: CallBudgets;
let world: SdkWorld;
let writer: SecretWriter;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  budgets = new CallBudgets(clock);
  world = await startSdkWorld({ clock });
  writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: new SharedWriteBudget(clock, budgets) });
  world.aws.secrets().create('db', 'first');
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function put(identity = world.identity, by = writer) {
  const version = { secretId: 'db', token: '2'.repeat(32), value: SecretValue.ofText('x'), format: 'text', stages: ['OURS'] } as const;
  return by.putVersion({ identity, namespace: 'shop' }, version, never());
}

/** `ok`, or the kind of the failure, with the reason where AWS refused. */
function ending(result: WriteResult<unknown>): string {
  if (result.ok) return 'ok';
  return result.failure.kind === 'failed' ? `failed: ${result.failure.failure.reason}` : result.failure.kind;
}

describe('the right to write', () => {
  it('is asked before anything is sent', async () => {
    const fenced = world.secrets.writer({ right: { remainingMs: () => 0 }, budget: new SharedWriteBudget(clock, budgets) });
    expect(await put(world.identity, fenced)).toEqual({
      ok: false,
      failure: { kind: 'not-leader', request: REQUEST, mayBeWritten: false },
    });
    expect(world.aws.calls.total).toBe(0);
    expect(writesLeft()).toBe(20);
  });

  it('is asked again once there are credentials: the process may have been frozen', async () => {
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'writer', trust: { principals: ['*'] }, policies: [] });
    let remainingMs = 10_000;
    const fenced = world.secrets.writer({ right: { remainingMs: () => remainingMs }, budget: new SharedWriteBudget(clock, budgets) });
    using hang = world.aws.inject({ operation: 'AssumeRole', fault: { kind: 'hang' } });
    const writing = put(identityOf(world.identity.base, { roleArn }), fenced);
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    remainingMs = 0;
    hang.remove();
    expect(await writing).toMatchObject({ failure: { kind: 'not-leader', mayBeWritten: false } });
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 1 });
    // No call, so that no failed call is counted either.
    expect(world.calls.map(({ operation }) => operation)).toEqual(['AssumeRole']);
    expect(writesLeft(identityOf(world.identity.base, { roleArn }))).toBe(20);
  });

  it('ends a write on its way, of which nobody knows whether it is made', async () => {
    const until = clock.monotonic() + 5_000;
    const fenced = world.secrets.writer({
      right: { remainingMs: () => until - clock.monotonic() },
      budget: new SharedWriteBudget(clock, budgets),
    });
    using hang = world.aws.inject({ operation: 'PutSecretValue', fault: { kind: 'hang' } });
    const writing = put(world.identity, fenced);
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect(await writing).toEqual({
      ok: false,
      failure: { kind: 'not-leader', request: REQUEST, mayBeWritten: true },
    });
    expect(clock.sleeping).toBe(0);
  });
});

describe('the right to write that is renewed', () => {
  /** Valid for 500 ms and renewed every 200 ms, until the last renewal. */
  function renewedUntil(lastRenewal: number): SecretWriter {
    const start = clock.monotonic();
    const renewedAt = (): number => Math.min(Math.floor((clock.monotonic() - start) / 200) * 200, lastRenewal);
    const right = { remainingMs: () => start + renewedAt() + 500 - clock.monotonic() };
    return world.secrets.writer({ right, budget: new SharedWriteBudget(clock, budgets) });
  }

  it('lets a write wait for the budget for longer than the right lasted when it began', async () => {
    for (let count = 0; count < 35; count += 1) budgets.spend(world.identity, 'write');
    const [result, took] = await afterTime(put(world.identity, renewedUntil(Number.POSITIVE_INFINITY)));
    expect([ending(result), took, clock.sleeping]).toEqual(['ok', 800, 0]);
  });

  it('ends the wait for the budget when it is not renewed any more', async () => {
    for (let count = 0; count < 35; count += 1) budgets.spend(world.identity, 'write');
    const [result, took] = await afterTime(put(world.identity, renewedUntil(200)));
    expect(result).toEqual({ ok: false, failure: { kind: 'not-leader', request: REQUEST, mayBeWritten: false } });
    expect([took, world.aws.calls.total, clock.sleeping]).toEqual([700, 0, 0]);
  });

  it('ends a write on its way only when it is not renewed any more', async () => {
    using hang = world.aws.inject({ operation: 'PutSecretValue', fault: { kind: 'hang' } });
    const writing = put(world.identity, renewedUntil(400));
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    const [result, took] = await afterTime(writing);
    expect(result).toEqual({ ok: false, failure: { kind: 'not-leader', request: REQUEST, mayBeWritten: true } });
    expect([took, clock.sleeping]).toEqual([900, 0]);
  });
});

/** How many calls would be sent now. */
function left(operation: OperationClass, identity = world.identity): number {
  let count = 0;
  while (budgets.take(identity, operation, 'wanted', 'counting') === 0) count += 1;
  return count;
}

function writesLeft(identity = world.identity): number {
  return left('write', identity);
}

/** Settles as `work` does, while time goes by: with it, the milliseconds that it took. */
async function afterTime<T>(work: Promise<T>): Promise<readonly [result: T, milliseconds: number]> {
  const started = clock.monotonic();
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  work.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  while (!state.isSettled) {
    if (clock.sleeping > 0) await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return [await work, clock.monotonic() - started];
}

async function assumingRole(): Promise<Identity> {
  const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'writer', trust: { principals: ['*'] }, policies: [] });
  return identityOf(world.identity.base, { roleArn });
}

describe('the budget of writes', () => {
  it('is far below the 50 a second of AWS, leaves reads alone, and is waited for', async () => {
    for (let count = 0; count < 20; count += 1) expect(ending(await put())).toBe('ok');
    const writing = put();
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(49);
    expect(world.aws.calls.count('PutSecretValue')).toBe(20);
    await clock.advance(1);
    expect(ending(await writing)).toBe('ok');
    expect(world.aws.calls.count('PutSecretValue')).toBe(21);
    expect(left('single')).toBe(400);
    expect(clock.sleeping).toBe(0);
  });

  it('lets a write fail that has waited for seconds, and says when it is worth to try again', async () => {
    // As many calls were made before as two writes a second for a minute.
    for (let count = 0; count < 140; count += 1) budgets.spend(world.identity, 'write');
    const [result, took] = await afterTime(put());
    expect(result).toEqual({
      ok: false,
      failure: { kind: 'over-budget', request: REQUEST, retryAfterMs: LONGEST_WAIT, mayBeWritten: false },
    });
    expect([took, world.aws.calls.total, clock.sleeping]).toEqual([LONGEST_WAIT, 0, 0]);
  });

  it('is not waited for beyond the right to write, nor beyond the signal of the caller', async () => {
    const until = clock.monotonic() + 30;
    const fenced = world.secrets.writer({
      right: { remainingMs: () => until - clock.monotonic() },
      budget: new SharedWriteBudget(clock, budgets),
    });
    while (writesLeft() > 0);
    const [result, took] = await afterTime(put(world.identity, fenced));
    expect([result, took]).toEqual([{ ok: false, failure: { kind: 'not-leader', request: REQUEST, mayBeWritten: false } }, 30]);
    const stop = new AbortController();
    const writing = writer.untag({ identity: world.identity, namespace: 'shop' }, 'db', ['a'], stop.signal);
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new DOMException('stop', 'AbortError'));
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect([world.aws.calls.total, clock.sleeping]).toEqual([0, 0]);
  });

  it('gets back what was not sent, and is halved where AWS throttles', async () => {
    world.aws.inject({ operation: 'AssumeRole', fault: { kind: 'access-denied' } });
    const unable = identityOf(world.identity.base, { roleArn: `arn:aws:iam::${ACCOUNT}:role/none` });
    expect(ending(await put(unable))).toBe('failed: AssumeRoleDenied');
    expect(writesLeft(unable)).toBe(20);
    world.aws.inject({ operation: 'PutSecretValue', times: 1, fault: { kind: 'throttle' } });
    expect(ending(await put())).toBe('failed: Throttled');
    expect(writesLeft()).toBe(0);
    await clock.advance(1_000);
    expect(writesLeft()).toBeLessThanOrEqual(11);
  });

  it('counts a write twice that is sent again with new credentials', async () => {
    const identity = await assumingRole();
    world.aws.inject({ operation: 'PutSecretValue', times: 1, fault: { kind: 'expired-token' } });
    expect(ending(await put(identity))).toBe('ok');
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 2, PutSecretValue: 2 });
    expect(writesLeft(identity)).toBe(18);
  });

  it('counts a write once that AWS refuses, and for which there are no new credentials: it is not made', async () => {
    const identity = await assumingRole();
    expect(ending(await put(identity))).toBe('ok');
    world.aws.inject({ operation: 'PutSecretValue', times: 1, fault: { kind: 'expired-token' } });
    world.aws.inject({ operation: 'AssumeRole', fault: { kind: 'internal-error' } });
    expect(await put(identity)).toMatchObject({
      failure: { kind: 'failed', failure: { reason: 'AWSUnavailable', during: 'credentials' }, mayBeWritten: false },
    });
    expect(writesLeft(identity)).toBe(18);
  });

  it('is waited for again before a write is sent again', async () => {
    const identity = await assumingRole();
    // STS proves the account.
    expect(ending(await put(identity))).toBe('ok');
    for (let count = 0; count < 18; count += 1) budgets.spend(identity, 'write');
    world.aws.inject({ operation: 'PutSecretValue', times: 1, fault: { kind: 'expired-token' } });
    const [result, took] = await afterTime(put(identity));
    expect([ending(result), took]).toEqual(['ok', 50]);
  });

  it('is that of reads for DescribeSecret, which waits for nothing', async () => {
    while (left('single') > 0);
    expect((await writer.describe(world.identity, 'db', never())).ok).toBe(true);
    await clock.advance(1_000);
    expect([left('single'), writesLeft()]).toEqual([399, 20]);
    world.aws.inject({ operation: 'DescribeSecret', fault: { kind: 'throttle' } });
    expect(await writer.describe(world.identity, 'db', never())).toMatchObject({ failure: { reason: 'Throttled' } });
    await clock.advance(1_000);
    expect(left('single')).toBeLessThan(210);
  });

  it('is one for an account, whichever service its identities read from', async () => {
    const identity = await assumingRole();
    expect(ending(await put(identity))).toBe('ok');
    const parameters: Identity = { ...identity, service: 'ParameterStore' };
    expect(ending(await put(parameters))).toBe('ok');
    expect(left('single', parameters)).toBe(20);
    expect([writesLeft(identity), writesLeft(parameters)]).toEqual([18, 0]);
  });
});
