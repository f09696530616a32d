// The phases of workloads: changes are told once, and metrics count them with their reasons.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { PhaseLog } from '../../../../src/reconcile/shared/phase-log.ts';
import type { MemberState, Phase } from '../../../../src/restart/admission/member.ts';

function state(phase: Phase, more: Partial<MemberState> = {}): MemberState {
  return { phase, content: 'a', judgedBy: 'a', due: phase === 'Pending', since: ms(1_000), healthyBefore: true, hasPod: true, ...more };
}

const counted = (log: PhaseLog, waitsFor: (id: string) => string | undefined = () => undefined) =>
  log.counts(waitsFor).flatMap(({ phase, reason, count }) => (count === 0 ? [] : [[phase, reason, count]]));

describe('the phases of workloads', () => {
  it('are told when they change, with the phase of the worst group', () => {
    const log = new PhaseLog();
    expect(log.saw('Deployment/a/b', [state('Healthy'), state('Pending')])).toMatchObject({ now: { phase: 'Pending' }, before: 'first' });
    expect(log.saw('Deployment/a/b', [state('Pending')])).toBeUndefined();
    expect(log.saw('Deployment/a/b', [state('Healthy')])).toMatchObject({ now: { phase: 'Healthy' }, before: { phase: 'Pending' } });
  });

  it('are counted by reason while pods run an earlier content', () => {
    const log = new PhaseLog();
    log.saw('Deployment/a/1', [state('Pending')]);
    log.saw('Deployment/a/2', [state('Pending')]);
    log.saw('Deployment/a/3', [state('Pending', { reason: 'Forbidden' })]);
    log.saw('Deployment/a/4', [state('Blocked', { reason: 'Paused' })]);
    log.saw('Deployment/a/5', [state('Current', { reason: 'OptedOut' })]);
    const holds: Readonly<Record<string, string>> = { 'Deployment/a/1': 'WindowClosed', 'Deployment/a/4': 'Halted' };
    expect(counted(log, (id) => holds[id])).toEqual([
      ['Pending', 'WindowClosed', 1],
      ['Pending', undefined, 1],
      ['Pending', 'Forbidden', 1],
      ['Blocked', 'Paused', 1],
      ['Current', undefined, 1],
    ]);
  });

  it('are all there, so that an alert sees that a phase has no workload', () => {
    const phases = new PhaseLog().counts(() => undefined).map(({ phase, count }) => `${phase} ${count}`);
    expect(phases).toEqual(['Failed 0', 'Blocked 0', 'Rolling 0', 'Pending 0', 'Healthy 0', 'Current 0', 'Baseline 0']);
  });

  it('forget a workload, and know which one waits longest', () => {
    const log = new PhaseLog();
    log.saw('Deployment/a/1', [state('Failed', { since: ms(5) })]);
    log.saw('Deployment/a/2', [state('Rolling', { since: ms(7) })]);
    log.saw('Deployment/a/3', [state('Healthy', { since: ms(1) })]);
    expect(log.oldestWaiting).toBe(5);
    log.forget('Deployment/a/1');
    expect(log.oldestWaiting).toBe(7);
    log.saw('Deployment/a/2', []);
    expect(log.oldestWaiting).toBeUndefined();
    expect(counted(log)).toEqual([['Healthy', undefined, 1]]);
  });
});
