// The limits of writes to AWS: the Lease, and the budget of the account.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SecretWriter, WriteResult } from '../../../../src/aws/secrets-manager/writer-port.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { Budgets } from '../../../../src/source/limits/call-budgets.ts';
import { writeBudget } from '../../../../src/source/limits/write-budget.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ACCOUNT, identityOf, never, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

let clock: FakeClock;
let budgets: Budgets;
let world: SdkWorld;
let writer: SecretWriter;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  budgets = new Budgets(clock);
  world = await startSdkWorld({ clock });
  writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: writeBudget(budgets) });
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
    const fenced = world.secrets.writer({ right: { remainingMs: () => 0 }, budget: writeBudget(budgets) });
    expect(await put(world.identity, fenced)).toEqual({
      ok: false,
      failure: {
        kind: 'not-leader',
        message: 'PutSecretValue for secret "db" was not sent: this process no longer holds the Lease',
        mayBeWritten: false,
      },
    });
    expect(world.aws.calls.total).toBe(0);
    expect(writesLeft()).toBe(20);
  });

  it('is asked again once there are credentials: the process may have been frozen', async () => {
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'writer', trust: { principals: ['*'] }, policies: [] });
    let remainingMs = 10_000;
    const fenced = world.secrets.writer({ right: { remainingMs: () => remainingMs }, budget: writeBudget(budgets) });
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
    const fenced = world.secrets.writer({ right: { remainingMs: () => until - clock.monotonic() }, budget: writeBudget(budgets) });
    using hang = world.aws.inject({ operation: 'PutSecretValue', fault: { kind: 'hang' } });
    const writing = put(world.identity, fenced);
    while (hang.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect(await writing).toEqual({
      ok: false,
      failure: {
        kind: 'not-leader',
        message: 'PutSecretValue for secret "db" was given up on its way: this process no longer holds the Lease',
        mayBeWritten: true,
      },
    });
    expect(clock.sleeping).toBe(0);
  });
});

/** How many writes would be sent now. */
function writesLeft(identity = world.identity): number {
  let count = 0;
  while (budgets.take(identity, 'write', 'wanted', 'counting') === 0) count += 1;
  return count;
}

describe('the budget of writes', () => {
  it('is far below the 50 a second of AWS, and leaves reads alone', async () => {
    const results: WriteResult<unknown>[] = [];
    for (let count = 0; count < 21; count += 1) results.push(await put());
    expect(results.map(ending)).toEqual([...Array.from({ length: 20 }, () => 'ok'), 'over-budget']);
    expect(results.at(-1)).toEqual({
      ok: false,
      failure: {
        kind: 'over-budget',
        retryAfterMs: expect.any(Number),
        message: expect.stringMatching(/^PutSecretValue for secret "db" waits: \w+ makes as many writes in eu-central-1 as it may$/),
        mayBeWritten: false,
      },
    });
    expect(world.aws.calls.count('PutSecretValue')).toBe(20);
    expect(budgets.take(world.identity, 'single', 'wanted')).toBe(0);
    expect((await writer.describe(world.identity, 'db', never())).ok).toBe(true);
    const wait = results.at(-1);
    await clock.advance(wait?.ok === false && wait.failure.kind === 'over-budget' ? wait.failure.retryAfterMs : 0);
    expect(ending(await put())).toBe('ok');
  });

  it('gets back what was not sent, and is halved where AWS throttles', async () => {
    world.aws.inject({ operation: 'AssumeRole', fault: { kind: 'access-denied' } });
    const unable = identityOf(world.identity.base, { roleArn: `arn:aws:iam::${ACCOUNT}:role/none` });
    expect(ending(await put(unable))).toBe('failed: AssumeRoleDenied');
    expect(writesLeft(unable)).toBe(20);
    world.aws.inject({ operation: 'PutSecretValue', times: 1, fault: { kind: 'throttle' } });
    expect(ending(await put())).toBe('failed: Throttled');
    expect(ending(await put())).toBe('over-budget');
    await clock.advance(1_000);
    expect(writesLeft()).toBeLessThanOrEqual(11);
  });
});
