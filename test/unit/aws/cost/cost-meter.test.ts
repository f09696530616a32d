// The cost of reads: bounds for each call, and a month extrapolated from the last hour.
import { describe, expect, it } from '@jest/globals';
import { CostMeter } from '../../../../src/aws/cost/cost-meter.ts';
import { identityLabel } from '../../../../src/aws/credentials/identity-label.ts';
import type { AwsCall } from '../../../../src/aws/call/observed-call.ts';
import { costOf, prices } from '../../../../src/aws/cost/prices.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const batch: AwsCall = {
  service: 'secretsmanager',
  operation: 'BatchGetSecretValue',
  as: 'role',
  owner: '',
  secrets: 20,
  result: 'ok',
  seconds: 0,
  attempts: 1,
  throttled: 0,
};

describe('a call', () => {
  it('of a batch may be billed as one or as twenty, with their decryptions', () => {
    const { low, high } = costOf(batch);
    expect(low).toBeCloseTo(0.000005, 9);
    expect(high).toBeCloseTo(20 * (0.000005 + 0.000003), 9);
  });

  it.each([
    ['a throttled one', { ...batch, secrets: 1, result: 'Throttled', attempts: 3 }, 0, 3 * prices.secretsManagerCall],
    ['ten parameters', { ...batch, service: 'ssm', secrets: 10 }, 0, 10 * (prices.parameterStoreCall + prices.kmsDecrypt)],
    [
      'a page of ten parameters, none of which is decrypted',
      { ...batch, service: 'ssm', operation: 'GetParametersByPath', secrets: 0 },
      0,
      10 * prices.parameterStoreCall,
    ],
    ['a poll of the queue', { ...batch, service: 'sqs', secrets: 0 }, 0, prices.sqsRequest],
    ['a role', { ...batch, service: 'sts', secrets: 0 }, 0, 0],
  ] as const)('costs for %s what its service takes', (_what, call, low, high) => {
    expect(costOf(call).low).toBe(low);
    expect(costOf(call).high).toBeCloseTo(high, 12);
  });
});

describe('the estimate of a month', () => {
  it('is what 5,000 secrets every minute cost: 54 dollars, or up to 1,728 if each secret is billed and decrypted', async () => {
    const clock = new FakeClock();
    const meter = new CostMeter(clock);
    for (let minute = 0; minute < 90; minute++) {
      for (let call = 0; call < 250; call++) meter.record(batch);
      await clock.advance(60_000);
      if (minute < 29) expect(meter.estimate('role')).toBeUndefined();
    }
    expect(meter.estimate('role')?.low).toBeCloseTo(54, -1);
    expect(meter.estimate('role')?.high).toBeCloseTo(54 * 20 * 1.6, -2);
    expect(meter.estimate('nobody')).toEqual({ low: 0, high: 0 });
    await clock.advance(3_600_000);
    expect(meter.estimate('role')).toEqual({ low: 0, high: 0 });
  });
});

describe('the label of an identity', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/teams/orders', '111122223333/teams/orders'],
    ['AKIAIOSFODNN7EXAMPLE', 'access-key'],
    ['operator identity', 'operator-identity'],
    ['ServiceAccount team/reader', 'serviceaccount/team/reader'],
    ['the access key of the store', 'the-access-key-of-the-store'],
  ])('of %s is %s', (as, label) => {
    expect(identityLabel(as)).toBe(label);
  });
});
