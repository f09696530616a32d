import { describe, expect, it } from '@jest/globals';
import type { RestartStatus } from '../../../../../src/api/schema/restart-status.ts';
import { failure } from '../../../../../src/failure/failure.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { countsOf, statusesOf } from '../../../../../src/reconcile/external-secret/restarts/statuses.ts';
import type { GroupView, MemberView } from '../../../../../src/restart/admission/view.ts';

const AT = Date.parse('2026-01-02T00:00:00Z');
const EARLIER = '2026-01-01T00:00:00.000Z';
const member: MemberView = { consumer: 'Deployment/team/app', phase: 'Healthy', content: 'k1:a', since: ms(AT) };
const counts = { Failed: 1, Blocked: 2, Rolling: 3, Pending: 4, Healthy: 5, Current: 6, Baseline: 7 };
const viewOf = (...members: MemberView[]): GroupView => ({ members, counts, total: 28, isHalted: false, failures: 0, isDryRun: false });
const statusOf = (one: Partial<MemberView>, before: readonly RestartStatus[] = [], restartedAt?: string) =>
  statusesOf(viewOf({ ...member, ...one }), { restartedAt: () => restartedAt, before })[0];

describe('status.restarts', () => {
  it('says phase, content, time and the last restart of a workload', () => {
    expect(statusOf({}, [], EARLIER)).toEqual({
      kind: 'Deployment',
      name: 'app',
      state: 'Restarted',
      phase: 'Healthy',
      since: '2026-01-02T00:00:00.000Z',
      content: 'k1:a',
      restartedAt: EARLIER,
    });
  });

  it('says what a workload waits for, and what comes next and when', () => {
    const next = { step: 'Restart', at: ms(AT + 60_000) } as const;
    const waiting = { phase: 'Pending', reason: 'WindowClosed', message: 'why', next, wave: 'canary', place: 2 } as const;
    expect(statusOf(waiting)).toMatchObject({
      state: 'Pending',
      reason: 'AwaitingWindow',
      message: 'why',
      nextStep: 'restart in wave canary, number 2 in the order',
      nextStepTime: '2026-01-02T00:01:00.000Z',
    });
    expect(statusOf({ phase: 'Rolling', next: { step: 'Deadline' } })).toMatchObject({ nextStep: expect.stringContaining('failed') });
  });

  it('keeps the beginning of a phase that nothing else records: a new leader counts from its first look', () => {
    const before = (more: Partial<RestartStatus> = {}): RestartStatus[] => [{ ...statusOf({}), since: EARLIER, ...more } as RestartStatus];
    expect(statusOf({}, before())?.since).toBe(EARLIER);
    expect(statusOf({}, before({ content: 'k1:b' }))?.since).toBe('2026-01-02T00:00:00.000Z');
    expect(statusOf({}, before({ phase: 'Rolling' }))?.since).toBe('2026-01-02T00:00:00.000Z');
    expect(statusOf({}, before(), EARLIER)?.since).toBe('2026-01-02T00:00:00.000Z');
    expect(statusOf({}, before({ since: '2026-01-03T00:00:00.000Z' }))?.since).toBe('2026-01-02T00:00:00.000Z');
    expect(statusOf({ phase: 'Rolling' }, before({ phase: 'Rolling' }))?.since).toBe('2026-01-02T00:00:00.000Z');
  });

  it('says what to do where somebody must act, once', () => {
    const crash = 'pod "app-1": container "app" CrashLoopBackOff';
    const failed = statusOf({ phase: 'Failed', reason: 'RolloutTimeout', message: crash });
    expect(failed).toMatchObject({
      reason: 'RolloutFailed',
      message: expect.stringMatching(/^pod "app-1": .*CrashLoopBackOff; look at the new pods /),
    });
    const refused = { phase: 'Failed', reason: 'RestartFailed', message: 'denied; change the policy' } as const;
    const problem = failure('RestartFailed', 'denied');
    expect(statusOf({ ...refused, failure: problem })).toMatchObject({ message: 'denied; change the policy' });
    expect(statusOf({ phase: 'Pending', reason: 'NoHealthyCanary', message: 'y'.repeat(300) })?.message?.length).toBeLessThanOrEqual(300);
  });

  it('has exact counts', () => {
    expect(countsOf(viewOf())).toEqual({ failed: 1, blocked: 2, rolling: 3, pending: 4, healthy: 5, current: 6, baseline: 7 });
  });
});
