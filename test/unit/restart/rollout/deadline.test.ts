import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { rolloutDeadline } from '../../../../src/restart/rollout/deadline.ts';
import { reduced } from '../consumer/workloads.ts';

const TEN_MINUTES = ms(600_000);
const of = (spec: object) => rolloutDeadline(reduced({ spec }, 'StatefulSet'), TEN_MINUTES);

describe('the deadline of a rollout', () => {
  it('is the configured one, unless pods one after the other take longer', () => {
    expect(of({ replicas: 100 })).toBe(TEN_MINUTES);
    expect(of({ replicas: 10, minReadySeconds: 60 })).toBe(TEN_MINUTES);
    expect(of({ replicas: 11, minReadySeconds: 60 })).toBe(660_000);
  });

  it('leaves out the pods below a partition', () => {
    const updateStrategy = { rollingUpdate: { partition: 5 } };
    expect(of({ replicas: 25, minReadySeconds: 60, updateStrategy })).toBe(1_200_000);
    expect(of({ replicas: 2, minReadySeconds: 6_000, updateStrategy })).toBe(TEN_MINUTES);
  });

  it('is finite, whatever the numbers are', () => {
    expect(of({ replicas: 2 ** 31, minReadySeconds: 2 ** 31 })).toBe(365 * 24 * 3_600_000);
  });
});
