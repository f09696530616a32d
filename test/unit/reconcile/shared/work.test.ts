import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import { failureReasons, type FailureReason } from '../../../../src/failure/reasons.ts';
import { workAfter, workAfterStatus } from '../../../../src/reconcile/shared/work.ts';

describe('workAfter', () => {
  it('waits for a change where only a change helps, and tries again otherwise', () => {
    expect(workAfter(undefined)).toEqual({ kind: 'done' });
    for (const [reason, { retry }] of Object.entries(failureReasons)) {
      const next = workAfter(failure(reason as FailureReason, 'why'));
      expect([reason, next]).toEqual([reason, { kind: retry === 'change' ? 'done' : 'retry' }]);
    }
  });

  it('waits as long as the other side asks', () => {
    expect(workAfter(failure('KubernetesUnavailable', 'why', { retryAfterMs: 7 }))).toEqual({ kind: 'retry', retryAfterMs: 7 });
  });
});

describe('workAfterStatus', () => {
  it('always comes back, because the status must be written in the end', () => {
    for (const kind of ['conflict', 'invalid', 'namespace-terminating', 'forbidden', 'unavailable'] as const) {
      expect([kind, workAfterStatus({ kind, status: 0, message: 'no' })]).toEqual([kind, { kind: 'retry' }]);
    }
    expect(workAfterStatus({ kind: 'throttled', status: 429, message: 'no', retryAfterMs: 7 })).toEqual({ kind: 'retry', retryAfterMs: 7 });
  });
});
