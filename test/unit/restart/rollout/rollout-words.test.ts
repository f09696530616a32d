import { describe, expect, it } from '@jest/globals';
import { blockWords, failureWords, gapWords } from '../../../../src/restart/rollout/rollout-words.ts';
import { reduced } from '../consumer/workloads.ts';

describe('a rollout in words', () => {
  it('says what somebody must do about a blocked one', () => {
    expect(blockWords('Paused')).toContain('resumed');
    expect(blockWords('PausedByReloader')).toContain('kubectl rollout resume');
    expect(blockWords('AwaitingPromotion')).toContain('promote');
    expect(failureWords('Degraded')).toContain('Argo Rollouts');
    for (const words of [
      ...(['OnDelete', 'Partition', 'PausedByReloader'] as const).map(blockWords),
      failureWords('ProgressDeadlineExceeded'),
    ])
      expect(words.length).toBeLessThan(200);
  });

  it('says which restarts leave a gap', () => {
    expect(gapWords(reduced({ spec: { strategy: { type: 'Recreate' } } }))).toContain('Recreate');
    expect(gapWords(reduced({ spec: { replicas: 1 } }, 'StatefulSet'))).toContain('one pod');
    expect([gapWords(reduced({ spec: { replicas: 1 } })), gapWords(reduced({ spec: { replicas: 2 } }, 'StatefulSet'))]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
