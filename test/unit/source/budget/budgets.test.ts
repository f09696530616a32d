// Whose calls count together: those of one account, region, service and operation.
import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/identity.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { type OperationClass, Budgets } from '../../../../src/source/budget/budgets.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

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

/** How many calls go through at once. */
function burst(budgets: Budgets, identity: Identity, operation: OperationClass = 'batch'): number {
  let count = 0;
  while (budgets.take(identity, operation, 'wanted') === 0) count += 1;
  return count;
}

const one = as('arn:aws:iam::111122223333:role/one');

describe('budgets', () => {
  it.each([
    ['another role of the account', as('arn:aws:iam::111122223333:role/other'), 0],
    ['a web identity of the account', webIdentity('arn:aws:iam::111122223333:role/irsa'), 0],
    ['a role of another account', as('arn:aws:iam::444455556666:role/one'), 40],
    ['the same number in another partition', as('arn:aws-cn:iam::111122223333:role/one'), 40],
    ['another region', as('arn:aws:iam::111122223333:role/one', { region: 'us-east-1' }), 40],
    ['an identity whose account nobody knows', { service, region, base: { kind: 'operator' }, roles: [] } as const, 40],
    ['another service', as('arn:aws:iam::111122223333:role/one', { service: 'ParameterStore' }), 20],
  ])('leave to %s what it has', (_what, other, left) => {
    const budgets = new Budgets(new FakeClock());
    expect(burst(budgets, one)).toBe(40);
    expect(burst(budgets, other)).toBe(left);
  });

  describe('of an identity whose account no role tells', () => {
    const key = (origin: string): Identity => {
      const value = SecretValue.ofText('x');
      return { service, region, base: { kind: 'static', accessKeyId: value, secretAccessKey: value, origin: [origin] }, roles: [] };
    };
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf';
    const parameters = { ...key('1'), service: 'ParameterStore' } as const;
    const shared = 'arn:aws:ssm:eu-central-1::parameter/aws/service/ami';

    it.each([
      ['one whose secret was answered by its name', key('1'), 'a', arn, undefined, 0],
      ['one whose secret was asked for by ARN, which may be of another account', key('1'), arn, arn, undefined, 39],
      ['one whose credentials tell the account of the caller', key('1'), arn, arn.replace('1111', '9999'), '111122223333', 0],
      ['one of another account', key('1'), 'a', arn.replace('1111', '9999'), undefined, 40],
      ['one that was answered with what AWS itself provides', parameters, '/aws/service/ami', shared, undefined, 19],
    ])('are those of %s', (_what, identity, secretId, answered, account, left) => {
      const budgets = new Budgets(new FakeClock());
      expect(budgets.take(identity, 'batch', 'wanted')).toBe(0);
      budgets.answered({ identity, secretId }, answered, account);
      const other = as('arn:aws:iam::111122223333:role/one', { service: identity.service });
      burst(budgets, other);
      expect(burst(budgets, identity)).toBe(left);
      // Another store makes another object of the same identity.
      expect(burst(budgets, { ...identity })).toBe(0);
    });

    it('stay its own for other regions', () => {
      const budgets = new Budgets(new FakeClock());
      budgets.answered({ identity: key('1'), secretId: 'a' }, arn, undefined);
      burst(budgets, key('1'));
      expect(burst(budgets, { ...key('1'), region: 'us-east-1' })).toBe(40);
    });
  });

  it('count single reads apart from batches, stay far below what AWS allows, and leave a reserve to whom somebody waits for', () => {
    const budgets = new Budgets(new FakeClock());
    expect([burst(budgets, one), burst(budgets, one, 'single')]).toEqual([40, 400]);
    const fresh = new Budgets(new FakeClock());
    let refreshes = 0;
    while (fresh.take(one, 'batch', 'refresh') === 0) refreshes += 1;
    expect([refreshes, burst(fresh, one)]).toEqual([30, 10]);
  });

  it('count all calls of Parameter Store together, as AWS does', () => {
    const budgets = new Budgets(new FakeClock());
    const parameters = as('arn:aws:iam::111122223333:role/one', { service: 'ParameterStore' });
    for (let count = 0; count < 10; count += 1) expect(budgets.take(parameters, 'single', 'wanted')).toBe(0);
    expect([burst(budgets, parameters, 'batch'), burst(budgets, parameters, 'single')]).toEqual([10, 0]);
  });

  it('forget accounts that nobody reads from any more', async () => {
    const clock = new FakeClock();
    const budgets = new Budgets(clock);
    const account = (number: number) => as(`arn:aws:iam::${String(number).padStart(12, '0')}:role/r`);
    for (let number = 0; number < 300; number++) budgets.take(account(number), 'batch', 'wanted');
    // What was just used is remembered whatever there is.
    expect(burst(budgets, account(0))).toBe(39);
    await clock.advance(5_000);
    for (let number = 300; number < 600; number++) budgets.take(account(number), 'batch', 'wanted');
    expect(burst(budgets, account(0))).toBe(40);
  });
});
