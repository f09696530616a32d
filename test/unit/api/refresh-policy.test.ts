import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { refreshPolicyOf } from '../../../src/api/refresh-policy.ts';

const policy = (spec: object) => refreshPolicyOf(spec, ms(3_600_000));

describe('refreshPolicyOf', () => {
  it.each([
    [{}, { kind: 'Periodic', interval: 3_600_000 }],
    [{ refreshInterval: '90s' }, { kind: 'Periodic', interval: 90_000 }],
    [{ refreshInterval: '1ms' }, { kind: 'Periodic', interval: 1_000 }],
    [{ refreshInterval: '0' }, { kind: 'OnChange' }],
    [{ refreshInterval: '0s' }, { kind: 'OnChange' }],
    [{ refreshInterval: 'soon' }, { kind: 'OnChange' }],
    [{ refreshPolicy: 'OnChange', refreshInterval: '1h' }, { kind: 'OnChange' }],
    [{ refreshPolicy: 'CreatedOnce', refreshInterval: '1h' }, { kind: 'CreatedOnce' }],
  ])('of %j is %j', (spec, expected) => {
    expect(policy(spec)).toEqual(expected);
  });
});
