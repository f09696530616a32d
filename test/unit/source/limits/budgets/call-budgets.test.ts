// Calls that share a budget: those of one account, region, service and operation.
import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../../src/aws/credentials/identity.ts';
import { SecretValue } from '../../../../../src/base/secret-value.ts';
import { type OperationClass, CallBudgets } from '../../../../../src/source/limits/budgets/call-budgets.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const region = 'eu-central-1';
const service = 'SecretsManager';

function as(roleArn: string, over: Partial<Identity> = {}): Identity {
  return { service, region, base: { kind: 'operator' }, roles: [{ roleArn, sessionTags: [], transitiveTagKeys: [] }], ...over };
}

function webIdentity(roleArn: string): Identity {
  return {
    service,
    region,
    roles: [],
    base: { kind: 'web-identity', namespace: 'ns', serviceAccount: 'sa', uid: 'u', roleArn, audiences: [] },
  };
}

/** Number of calls that the budget permits at once. */
function burst(budgets: CallBudgets, identity: Identity, operation: OperationClass = 'batch'): number {
  let count = 0;
  while (budgets.take(identity, operation, 'wanted') === 0) count += 1;
  return count;
}

const one = as('arn:aws:iam::111122223333:role/one');

const ACCOUNT = '111122223333';

/** STS has given credentials of this account, and a call was made with them. */
function prove(budgets: CallBudgets, identity: Identity, account = ACCOUNT): void {
  for (const operation of ['batch', 'single'] as const) budgets.tried(identity, operation, { attempts: 1, throttled: 0, account }, 0);
}

describe('budgets', () => {
  it.each([
    ['another role of the account', as('arn:aws:iam::111122223333:role/other'), ACCOUNT, 0],
    ['a web identity of the account', webIdentity('arn:aws:iam::111122223333:role/irsa'), ACCOUNT, 0],
    ['a role of another account', as('arn:aws:iam::444455556666:role/one'), '444455556666', 39],
    ['another region', as('arn:aws:iam::111122223333:role/one', { region: 'us-east-1' }), ACCOUNT, 39],
    ['an identity whose account nobody knows', { service, region, base: { kind: 'operator' }, roles: [] } as const, undefined, 40],
    ['another service', as('arn:aws:iam::111122223333:role/one', { service: 'ParameterStore' }), ACCOUNT, 19],
  ])('leave to %s what it has', (_what, other, account, left) => {
    const budgets = new CallBudgets(new FakeClock());
    prove(budgets, one);
    if (account !== undefined) prove(budgets, other, account);
    burst(budgets, one);
    expect(burst(budgets, other)).toBe(left);
  });

  it('leave to an account what those use who only claim to be of it', () => {
    const budgets = new CallBudgets(new FakeClock());
    prove(budgets, one);
    for (let n = 0; n < 30; n += 1) {
      const claim = as(`arn:aws:iam::111122223333:role/claimed-${n}`);
      expect(burst(budgets, claim)).toBe(40);
      budgets.throttled(claim, 'batch', 1);
    }
    expect(burst(budgets, one)).toBe(39);
  });

  it('count the call that proves an account as one of that account, once', () => {
    const budgets = new CallBudgets(new FakeClock());
    const tries = { attempts: 1, throttled: 0, account: ACCOUNT };
    budgets.tried(one, 'batch', tries, 0);
    budgets.tried(one, 'batch', tries, 0);
    expect(burst(budgets, one)).toBe(39);
  });

  it('take nothing for a call that was never made', () => {
    const budgets = new CallBudgets(new FakeClock());
    burst(budgets, one);
    budgets.giveBack(one, 'batch');
    expect(burst(budgets, one)).toBe(1);
  });

  describe('of an identity whose credentials do not tell their account', () => {
    const key = (origin: string): Identity => {
      const value = SecretValue.ofText('x');
      return { service, region, base: { kind: 'static', accessKeyId: value, secretAccessKey: value, origin: [origin] }, roles: [] };
    };
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf';
    const parameters = { ...key('1'), service: 'ParameterStore' } as const;
    const shared = 'arn:aws:ssm:eu-central-1::parameter/aws/service/ami';

    it.each([
      ['one whose secret was answered by its name', key('1'), 'a', arn, 0],
      ['one whose secret was asked for by ARN, which may be of another account', key('1'), arn, arn, 39],
      ['one of another account', key('1'), 'a', arn.replace('1111', '9999'), 39],
      ['one that was answered with what AWS itself provides', parameters, '/aws/service/ami', shared, 19],
    ])('are those of %s', (_what, identity, secretId, answered, left) => {
      const budgets = new CallBudgets(new FakeClock());
      expect(budgets.take(identity, 'batch', 'wanted')).toBe(0);
      budgets.answered({ identity, secretId }, answered, 'batch');
      const other = as('arn:aws:iam::111122223333:role/one', { service: identity.service });
      prove(budgets, other);
      burst(budgets, other);
      expect(burst(budgets, identity)).toBe(left);
      // Another store makes another object of the same identity.
      expect(burst(budgets, { ...identity })).toBe(0);
    });

    it('stay its own for other regions', () => {
      const budgets = new CallBudgets(new FakeClock());
      budgets.answered({ identity: key('1'), secretId: 'a' }, arn, 'batch');
      burst(budgets, key('1'));
      expect(burst(budgets, { ...key('1'), region: 'us-east-1' })).toBe(40);
    });
  });

  it('that are short are shared: each namespace has its turn, whatever another one asks for', async () => {
    const clock = new FakeClock();
    const budgets = new CallBudgets(clock);
    const made: Record<string, number> = { many: 0, few: 0, other: 0 };
    burst(budgets, one);
    for (let elapsed = 0; elapsed < 10_000; elapsed += 5) {
      for (let n = 0; n < 50; n += 1) if (budgets.take(one, 'batch', 'wanted', 'many') === 0) made['many'] = (made['many'] ?? 0) + 1;
      for (const name of ['few', 'other']) if (budgets.take(one, 'batch', 'wanted', name) === 0) made[name] = (made[name] ?? 0) + 1;
      await clock.advance(5);
    }
    for (const count of Object.values(made)) expect(count).toBeGreaterThan(130);
  });

  it('serve a namespace that was away at once, though another one waits with all it has', async () => {
    const clock = new FakeClock();
    const budgets = new CallBudgets(clock);
    burst(budgets, one);
    for (let n = 0; n < 200; n += 1) {
      budgets.take(one, 'batch', 'wanted', 'many');
      await clock.advance(10);
    }
    while (budgets.take(one, 'batch', 'wanted', 'many') === 0);
    const wait = budgets.take(one, 'batch', 'wanted', 'few');
    expect(wait).toBeLessThanOrEqual(25);
    await clock.advance(wait);
    for (let n = 0; n < 5; n += 1) expect(budgets.take(one, 'batch', 'wanted', 'many')).toBeGreaterThan(0);
    expect(budgets.take(one, 'batch', 'wanted', 'few')).toBe(0);
  });

  it('count single reads apart from batches, stay far below what AWS allows, and leave a reserve to whom somebody waits for', () => {
    const budgets = new CallBudgets(new FakeClock());
    expect([burst(budgets, one), burst(budgets, one, 'single')]).toEqual([40, 400]);
    const fresh = new CallBudgets(new FakeClock());
    let refreshes = 0;
    while (fresh.take(one, 'batch', 'refresh') === 0) refreshes += 1;
    expect([refreshes, burst(fresh, one)]).toEqual([30, 10]);
  });

  it('count all calls of Parameter Store together, as AWS does', () => {
    const budgets = new CallBudgets(new FakeClock());
    const parameters = as('arn:aws:iam::111122223333:role/one', { service: 'ParameterStore' });
    for (let count = 0; count < 10; count += 1) expect(budgets.take(parameters, 'single', 'wanted')).toBe(0);
    expect([burst(budgets, parameters, 'batch'), burst(budgets, parameters, 'single')]).toEqual([10, 0]);
  });

  it('count writes apart from all reads, and those as an identity that reads parameters with the others of the account', () => {
    const budgets = new CallBudgets(new FakeClock());
    const parameters = as('arn:aws:iam::111122223333:role/one', { service: 'ParameterStore' });
    for (const identity of [one, parameters]) budgets.tried(identity, 'single', { attempts: 1, throttled: 0, account: ACCOUNT }, 0);
    expect([burst(budgets, parameters, 'write'), burst(budgets, one, 'write')]).toEqual([20, 0]);
    expect([burst(budgets, parameters, 'single'), burst(budgets, one, 'single')]).toEqual([19, 399]);
  });

  it('forget accounts that nobody reads from any more', async () => {
    const clock = new FakeClock();
    const budgets = new CallBudgets(clock);
    const account = (number: number) => as(`arn:aws:iam::${String(number).padStart(12, '0')}:role/r`);
    for (let number = 0; number < 300; number++) budgets.take(account(number), 'batch', 'wanted');
    // An entry that was just used is kept.
    expect(burst(budgets, account(0))).toBe(39);
    await clock.advance(5_000);
    for (let number = 300; number < 600; number++) budgets.take(account(number), 'batch', 'wanted');
    expect(burst(budgets, account(0))).toBe(40);
  });

  it('can be split between the shards of an installation, which together call no more often than one would', () => {
    const ofShare = (share: number) => burst(new CallBudgets(new FakeClock(), share), one);
    expect([ofShare(1), 4 * ofShare(1 / 4)]).toEqual([40, 40]);
    const lists = (share: number) => burst(new CallBudgets(new FakeClock(), share), one, 'list');
    for (const shards of [1, 8, 13, 20]) expect(shards * lists(1 / shards)).toBeLessThanOrEqual(lists(1));
    // With less than a call a second, a shard could make no call, or all of them together too many.
    for (const refused of [0, 1 / 21, 1.01, Number.NaN]) expect(() => new CallBudgets(new FakeClock(), refused)).toThrow(RangeError);
  });
});
