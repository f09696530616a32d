// Requests beyond the planned one count in the budget like all others, and throttling lowers its rate, wherever it shows.
import { describe, expect, it } from '@jest/globals';
import { BatchPermissions } from '../../../../../src/source/limits/batch-permissions.ts';
import { CallBudgets, type OperationClass } from '../../../../../src/source/limits/budgets/call-budgets.ts';
import { CallExecutor } from '../../../../../src/source/reading/call/call-executor.ts';
import { keyed } from '../../../../../src/source/references/reference-key.ts';
import { SourceBreakers } from '../../../../../src/source/limits/breakers/source-breakers.ts';
import { ok } from '../../../../../src/base/result.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { current, one } from '../../engine-world.ts';
import { versionOf } from '../../memory-secrets-manager.ts';
import { fail, type Outcome } from '../../../../../src/failure/failure.ts';
import type { Identity } from '../../../../../src/aws/credentials/identity.ts';
import type { SecretFinder, SecretReader, SecretVersion, CallAttempts } from '../../../../../src/aws/port.ts';

describe('a batch that takes further calls', () => {
  it('spends the budget for them', async () => {
    const clock = new FakeClock();
    const budgets = new CallBudgets(clock);
    const identity = { ...one, service: 'ParameterStore' } as const;
    const ignored = (): void => undefined;
    const results = ['a', 'b'].map((id) => ok(versionOf(id, 'v1', 0)));
    const answer = (furtherCalls: number) => () => Promise.resolve({ kind: 'answered', results, furtherCalls } as const);
    const made = async (furtherCalls: number): Promise<void> => {
      const none = (): Promise<never> => Promise.reject(new TypeError('only batches here'));
      const secrets = { read: none, readBatch: answer(furtherCalls), findPage: none };
      const breakers = new SourceBreakers({ clock, random: () => 0, onChange: ignored });
      const lifetime = new AbortController().signal;
      const calls = new CallExecutor({ secrets, clock, lifetime, breakers, budgets, permissions: new BatchPermissions(clock, ignored) });
      await calls.make([keyed(current('a', identity)), keyed(current('b', identity))]);
    };
    await made(0);
    expect(budgets.take(identity, 'single', 'wanted')).toBe(0);
    await made(40);
    expect(budgets.take(identity, 'single', 'wanted')).toBeGreaterThan(0);
  });
});

describe('a page of a query', () => {
  const query = keyed({ identity: one, secretId: 'app/', version: { kind: 'query' } });

  it('spends the budget of lists for each try, and slows them down when it is throttled', async () => {
    const { budgets, calls } = worldOf({ attempts: 3, throttled: 0 });
    await calls.make([query]);
    expect(burst(budgets, 'list')).toBe(18);
    const throttled = worldOf({ attempts: 2, throttled: 1 });
    await throttled.calls.make([query]);
    await throttled.clock.advance(1_000);
    expect(burst(throttled.budgets, 'list')).toBeLessThan(20);
    expect(burst(throttled.budgets, 'single')).toBe(400);
  });

  it('is followed by the next until there is none', async () => {
    const { calls } = worldOf({ attempts: 1, throttled: 0 });
    const asked = { ...query };
    expect(await calls.make([asked])).toBe('continued');
    expect(await calls.make([asked])).toMatchObject(new Map([[query.key, { ok: true }]]));
  });
});

describe('a call that the SDK repeats by itself', () => {
  it('spends the budget for each try', async () => {
    const { budgets, single } = worldOf({ attempts: 3, throttled: 0 });
    for (let count = 0; count < 100; count += 1) await single();
    // The planner has taken the budget of the first attempt.
    expect(burst(budgets, 'single')).toBe(200);
  });

  it('halves the rate when one of the tries was throttled, though the last one succeeded', async () => {
    const { clock, budgets, single } = worldOf({ attempts: 3, throttled: 2 });
    await clock.advance(1);
    await single();
    expect(burst(budgets, 'single')).toBe(0);
    await clock.advance(1_000);
    expect(burst(budgets, 'single')).toBeLessThan(210);
    expect(burst(budgets, 'batch')).toBe(40);
  });

  it('does so for batches, too', async () => {
    const { clock, budgets, batch } = worldOf({ attempts: 2, throttled: 1 });
    await clock.advance(1);
    await batch();
    expect([burst(budgets, 'batch'), burst(budgets, 'single')]).toEqual([0, 400]);
  });
});

describe('a batch with a throttled key', () => {
  it('halves the rate', async () => {
    const { clock, budgets, batch } = worldOf({ attempts: 1, throttled: 0 }, fail('Throttled', 'slow down'));
    await clock.advance(1);
    await batch();
    expect(burst(budgets, 'batch')).toBe(0);
  });

  it('does not when it was STS that throttled, before the service was asked', async () => {
    const before = fail('Throttled', 'slow down');
    if (before.ok) throw new TypeError('not a failure');
    const { clock, budgets, batch } = worldOf(
      { attempts: 1, throttled: 0 },
      { ok: false, failure: { ...before.failure, during: 'credentials' } },
    );
    await clock.advance(1);
    await batch();
    expect(burst(budgets, 'batch')).toBe(40);
  });
});

describe('an answer', () => {
  const identity: Identity = { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [] };
  const byName = [keyed(current('a', identity)), keyed(current('b', identity))] as const;
  const arn = versionOf('a', 'v1', 0).arn;

  it.each([
    ['a read by name', [byName[0]], undefined],
    ['a batch of names', byName, undefined],
    ['a read by ARN with credentials that tell it', [keyed(current(arn, identity))], '111122223333'],
  ] as const)('to %s shows whose quota it uses up', async (_what, call, account) => {
    const { budgets, calls } = worldOf({ attempts: 1, throttled: 0, account });
    await calls.make(call);
    // The batch itself was one of that account.
    expect(burst(budgets, 'batch')).toBe(call.length === 1 ? 40 : 39);
    expect(budgets.take(identity, 'batch', 'wanted')).toBeGreaterThan(0);
  });

  it('to a read by ARN does not by itself: the secret may be of another account', async () => {
    const { budgets, calls } = worldOf({ attempts: 1, throttled: 0 });
    await calls.make([keyed(current(arn, identity))]);
    expect(burst(budgets, 'batch')).toBe(40);
    expect(budgets.take(identity, 'batch', 'wanted')).toBe(0);
  });
});

describe('references that a batch was failing for', () => {
  it('are read apart whatever another namespace adds to them', async () => {
    const clock = new FakeClock();
    const ignored = (): void => undefined;
    const unanswered = fail('AWSUnavailable', 'no usable answer');
    const answer = (id: string): Outcome<SecretVersion> => (id.startsWith('bad') ? unanswered : ok(versionOf(id, 'v1', 0)));
    const secrets: SecretReader & SecretFinder = {
      read: (_identity, id) => Promise.resolve(answer(id)),
      readBatch: (_identity, references) => {
        const isBad = references.some(({ secretId }) => secretId.startsWith('bad'));
        const results = references.map(({ secretId }) => (isBad ? unanswered : answer(secretId)));
        return Promise.resolve({ kind: 'answered', results });
      },
      findPage: () => Promise.reject(new TypeError('no queries here')),
    };
    const breakers = new SourceBreakers({ clock, random: () => 0, onChange: ignored });
    const permissions = new BatchPermissions(clock, ignored);
    const lifetime = new AbortController().signal;
    const calls = new CallExecutor({ secrets, clock, lifetime, breakers, budgets: new CallBudgets(clock), permissions });
    const asked = (id: string, servedNamespace: string) => ({ ...keyed(current(id)), servedNamespace });
    await calls.make([asked('bad-honest', 'honest'), asked('good', 'honest')]);
    expect(calls.mustReadAlone(keyed(current('bad-honest')).key)).toBe(true);
    for (let count = 0; count < 1_200; count += 1) {
      await calls.make([asked(`bad-${count}`, 'hostile'), asked(`good-${count}`, 'hostile')]);
    }
    expect(calls.mustReadAlone(keyed(current('bad-1199')).key)).toBe(true);
    expect(calls.mustReadAlone(keyed(current('bad-0')).key)).toBe(false);
    expect(calls.mustReadAlone(keyed(current('bad-honest')).key)).toBe(true);
  });
});

/** Calls that all take these tries; the second reference of a batch may have an outcome of its own. */
function worldOf(tries: CallAttempts, second: Outcome<SecretVersion> = ok(versionOf('b', 'v1', 0))) {
  const clock = new FakeClock();
  const budgets = new CallBudgets(clock);
  // Its account is proved already.
  budgets.tried(one, 'batch', { attempts: 1, throttled: 0, account: '111122223333' }, 0);
  budgets.giveBack(one, 'batch');
  const first = ok(versionOf('a', 'v1', 0));
  const secrets: SecretReader & SecretFinder = {
    read: (_identity, _secretId, _version, _signal, onAttempts) => {
      onAttempts?.(tries);
      return Promise.resolve(first);
    },
    readBatch: (_identity, _references, _signal, onAttempts) => {
      onAttempts?.(tries);
      return Promise.resolve({ kind: 'answered', results: [first, second] });
    },
    findPage: (_identity, _path, page, _signal, onAttempts) => {
      onAttempts?.(tries);
      return Promise.resolve(ok({ found: [], ...(page === undefined && { next: 'more' }) }));
    },
  };
  const ignored = (): void => undefined;
  const breakers = new SourceBreakers({ clock, random: () => 0, onChange: ignored });
  const lifetime = new AbortController().signal;
  const calls = new CallExecutor({ secrets, clock, lifetime, breakers, budgets, permissions: new BatchPermissions(clock, ignored) });
  const [a, b] = [keyed(current('a')), keyed(current('b'))];
  return { clock, budgets, calls, single: () => calls.make([a]), batch: () => calls.make([a, b]) };
}

/** Number of calls that the budget permits at once. */
function burst(budgets: CallBudgets, operation: OperationClass): number {
  let count = 0;
  while (budgets.take(one, operation, 'wanted') === 0) count += 1;
  return count;
}
