import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import {
  restartPhases,
  restartStatusSchema,
  type RestartCounts,
  type RestartPhase,
  type RestartStatus,
} from '../../../src/api/schema/restart-status.ts';
import { failure } from '../../../src/failure/failure.ts';
import { externalSecretStatus } from '../../../src/status/external-secret-status.ts';
import { type RolloutFindings, shownCounts, shownRestarts, stateOfPhase } from '../../../src/status/rollout-conditions.ts';

const NOW = '2026-01-02T00:00:00.000Z';

const workload = (phase: RestartPhase, name = phase.toLowerCase(), more: Partial<RestartStatus> = {}): RestartStatus => ({
  kind: 'Deployment',
  name,
  state: stateOfPhase(phase),
  phase,
  ...more,
});
const found = (...statuses: readonly RestartStatus[]): RolloutFindings => ({ statuses, counts: countsOf(statuses) });
function countsOf(statuses: readonly RestartStatus[]): RestartCounts {
  const counts: Record<string, number> = {};
  for (const { phase = '' } of statuses) counts[phase.toLowerCase()] = (counts[phase.toLowerCase()] ?? 0) + 1;
  return counts;
}
const statusOf = (rollouts: RolloutFindings) => externalSecretStatus(keytender.words, undefined, { generation: 3, rollouts }, NOW);
const conditionsOf = (rollouts: RolloutFindings): Readonly<Record<string, string>> =>
  Object.fromEntries((statusOf(rollouts).conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]));

describe('the conditions of restarts', () => {
  it.each<[RestartPhase[], string, string]>([
    [['Baseline', 'Current'], 'True RestartsNotNeeded', 'True RolloutsHealthy'],
    [['Current', 'Healthy'], 'True RestartsDone', 'True RolloutsHealthy'],
    [['Healthy', 'Rolling'], 'True RestartsDone', 'False RolloutsInProgress'],
    [['Healthy', 'Pending'], 'False RolloutsPending', 'False RolloutsPending'],
    [['Rolling', 'Pending'], 'False RolloutsPending', 'False RolloutsInProgress'],
    [['Rolling', 'Pending', 'Blocked'], 'False RestartsBlocked', 'False RolloutsBlocked'],
    [['Blocked', 'Failed', 'Pending'], 'False RolloutFailed', 'False RolloutFailed'],
  ])('of workloads in %j', (phases, restarted, healthy) => {
    expect(conditionsOf(found(...phases.map((phase) => workload(phase))))).toEqual({ Restarted: restarted, RolloutsHealthy: healthy });
  });

  it('say the failure first', () => {
    const failed = failure('RolloutsHalted', 'Deployment "a" failed; 3 workloads wait');
    const conditions = statusOf({ ...found(workload('Failed')), failure: failed }).conditions;
    expect(conditions).toMatchObject([
      {
        type: 'Restarted',
        status: 'False',
        reason: 'RolloutsHalted',
        message: expect.stringMatching(/^Deployment "a" failed; 3 workloads wait; make the /),
      },
      { type: 'RolloutsHealthy', status: 'False', reason: 'RolloutsHalted', observedGeneration: 3 },
    ]);
  });

  it('are unknown where workloads are not read, and absent without workloads', () => {
    expect(conditionsOf({ statuses: [{ kind: 'Deployment', name: 'a', state: 'Unknown' }], counts: {} })).toEqual({
      Restarted: 'Unknown RestartsDisabled',
      RolloutsHealthy: 'Unknown RestartsDisabled',
    });
    const before = statusOf(found(workload('Healthy')));
    const after = externalSecretStatus(keytender.words, before, { generation: 3, rollouts: { statuses: [], counts: {} } }, NOW);
    expect(after).toMatchObject({ conditions: [], restarts: [], restartCounts: { healthy: 0, failed: 0 } });
  });

  it('have at most 300 characters, and count the others also then', () => {
    const long = workload('Blocked', 'x'.repeat(253), { message: 'y'.repeat(300) });
    for (const { message } of statusOf({ statuses: [long], counts: { blocked: 70 } }).conditions ?? []) {
      expect(message.length).toBeLessThanOrEqual(300);
      expect(message).toMatch(/^Deployment "x+…": y+…; 69 more in phase Blocked$/);
    }
  });

  it('name the first workload and count the others, also those that are not shown', () => {
    const blocked = [workload('Blocked', 'b', { message: 'it is paused' }), workload('Blocked', 'a', { message: 'its partition is 2' })];
    const { conditions = [] } = statusOf({ statuses: blocked, counts: { blocked: 70 } });
    for (const { message } of conditions) expect(message).toBe('Deployment "a": its partition is 2; 69 more in phase Blocked');
    const pending = statusOf(found(workload('Pending', 'a', { nextStep: 'restart in wave canary' }))).conditions;
    expect(pending?.[0]?.message).toBe('Deployment "a": restart in wave canary');
    const rolling = workload('Rolling', 'a', { nextStep: 'it fails if it is not complete', nextStepTime: '2026-03-01T10:00:00.000Z' });
    expect(statusOf(found(rolling)).conditions?.[1]?.message).toBe(
      'Deployment "a": its pods are being replaced; it fails if it is not complete at 2026-03-01T10:00:00Z',
    );
    expect(statusOf(found(workload('Pending'))).conditions?.[0]?.message).toMatch(/^restarts are due and wait/);
    expect(statusOf({ statuses: [], counts: { failed: 2 } }).conditions?.[0]?.message).toMatch(/^workloads: 2; look at /);
  });
});

describe('status.restarts', () => {
  it('has the most urgent fifty, in one order', () => {
    const anyWorkload = fc.record({ phase: fc.constantFrom(...restartPhases), name: fc.stringMatching(/^[a-z]{1,3}$/) });
    fc.assert(
      fc.property(fc.array(anyWorkload, { maxLength: 80 }), (all) => {
        const statuses = all.map(({ phase, name }) => workload(phase, name));
        const shown = shownRestarts(statuses);
        expect(shown).toEqual(shownRestarts(statuses.toReversed()));
        expect(shown).toHaveLength(Math.min(50, statuses.length));
        const ranks = shown.map(({ phase }) => restartPhases.indexOf(phase!));
        expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
        expect(shown.every((status) => restartStatusSchema.safeParse(status).success)).toBe(true);
      }),
    );
  });

  it('counts every phase, so that a merge patch replaces each', () => {
    expect(shownCounts({ failed: 1 })).toEqual({ failed: 1, blocked: 0, rolling: 0, pending: 0, healthy: 0, current: 0, baseline: 0 });
  });

  it('has a state of v1 for each phase, which the description of the field names', () => {
    const description = restartStatusSchema.shape.state.description ?? '';
    for (const phase of restartPhases) {
      const sentence = description
        .split(/(?<=\.) |; /)
        .find((part) => part.startsWith(`${stateOfPhase(phase)}:`) || part.includes(`(${phase})`));
      expect(sentence).toContain(phase);
    }
  });
});
