// The next step of a result whose forced sync is delayed.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import type { FailureReason } from '../../../../src/failure/reasons.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { priority } from '../../../../src/base/priority.ts';
import { forceDelayed, type SyncResult } from '../../../../src/reconcile/external-secret/sync-result.ts';
import { done } from '../../../../src/reconcile/shared/work.ts';

const delay = { after: ms(60_000), why: 'it waits' };
const asked = { kind: 'requeue', after: delay.after, priority: priority.change } as const;

function failing(reason: FailureReason): SyncResult {
  const why = failure(reason, 'no');
  return { findings: { generation: 1, ready: { kind: 'failed', failure: why } }, failure: why };
}

describe('a round whose forced sync waits', () => {
  it.each(['Conflict', 'KubernetesUnavailable'] as const)(
    'leaves what has failed with %s to the queue, and says that it waits',
    (reason) => {
      const result = forceDelayed(failing(reason), delay);
      expect(result.next).toBeUndefined();
      expect(result.findings.pending).toEqual({ reason: 'ForceSyncDelayed', message: 'it waits' });
    },
  );

  it('comes back for it where nothing else would, and no later than for what the round itself asks for', () => {
    expect(forceDelayed(failing('InvalidSpec'), delay).next).toEqual(asked);
    expect(forceDelayed({ ...failing('AWSUnavailable'), next: done }, delay).next).toEqual(asked);
    const soon = { ...failing('DriftFight'), next: { kind: 'requeue', after: ms(1_000) } as const };
    expect(forceDelayed(soon, delay).next).toMatchObject({ kind: 'requeue', after: 1_000 });
  });
});
