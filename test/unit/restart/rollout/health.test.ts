// Where the rollout of each kind stands, from the objects as the API server holds them.
import { describe, expect, it } from '@jest/globals';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import { rolloutHealth } from '../../../../src/restart/rollout/health.ts';
import { reduced, setting, type Shape } from '../consumer/workloads.ts';

/** `settled`, `rolling: old pods`, `blocked: Paused`, … */
function health(kind: ConsumerKind, shape: Shape, template?: Shape): string {
  const found = rolloutHealth(reduced(shape, kind), template === undefined ? undefined : reduced(template));
  if (found.state === 'rolling') return `rolling: ${found.awaits}`;
  return found.state === 'blocked' || found.state === 'failed' ? `${found.state}: ${found.reason}` : found.state;
}

// The generation of the objects is 3.
const pods = (replicas: number, updatedReplicas: number, availableReplicas: number, observedGeneration = 3) => ({
  observedGeneration,
  replicas,
  updatedReplicas,
  availableReplicas,
});

describe('a Deployment', () => {
  const of = (status: object, spec: object = {}, metadata: object = {}) =>
    health('Deployment', { spec: { replicas: 3, ...spec }, status, metadata });
  const exceeded = { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] };

  it.each([
    ['settled', pods(3, 3, 3)],
    ['rolling: controller', pods(3, 3, 3, 2)],
    ['rolling: controller', {}],
    ['rolling: updated pods', pods(4, 2, 3)],
    ['rolling: end of old pods', pods(4, 3, 3)],
    ['rolling: available pods', pods(3, 3, 2)],
  ])('is %s with the status %j', (expected, status) => {
    expect(of(status)).toBe(expected);
  });

  it('is empty without replicas, whatever pods end', () => {
    expect(of(pods(2, 0, 2, 2), { replicas: 0 })).toBe('empty');
    expect(of(pods(0, 0, 0), { replicas: 0, paused: true })).toBe('empty');
  });

  it('is settled while it is scaled down, and rolls while it is scaled up', () => {
    expect(of(pods(5, 5, 5))).toBe('settled');
    expect(of(pods(2, 2, 2))).toBe('rolling: updated pods');
  });

  it('is blocked while it is paused and has old pods; afterwards it is judged by its pods', () => {
    expect(of(pods(3, 0, 3), { paused: true })).toBe('blocked: Paused');
    expect(of(pods(3, 3, 3, 2), { paused: true })).toBe('blocked: Paused');
    expect(of(pods(3, 3, 3), { paused: true })).toBe('settled');
    expect(of(pods(3, 3, 2), { paused: true })).toBe('rolling: available pods');
    const annotations = { 'deployment.reloader.stakater.com/paused-at': '2026-01-01T00:00:00Z' };
    expect(of(pods(3, 0, 3), { paused: true }, { annotations })).toBe('blocked: PausedByReloader');
    expect(of(pods(3, 0, 3), {}, { annotations })).toBe('rolling: updated pods');
  });

  it('has failed when its controller says so of the present template', () => {
    expect(of({ ...pods(4, 1, 3), ...exceeded })).toBe('failed: ProgressDeadlineExceeded');
    expect(of({ ...pods(4, 1, 3, 2), ...exceeded })).toBe('rolling: controller');
    expect(of({ ...pods(3, 3, 3), ...exceeded })).toBe('settled');
  });
});

describe('a StatefulSet', () => {
  const revisions = { currentRevision: 'app-1', updateRevision: 'app-2' };
  const same = { currentRevision: 'app-2', updateRevision: 'app-2' };
  const of = (status: object, spec: object = {}) => health('StatefulSet', { spec: { replicas: 3, ...spec }, status });
  const partition = (number: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: number } } });

  it.each(['OrderedReady', 'Parallel'])('with %s is settled when its controller has ended the update', (podManagementPolicy) => {
    const spec = { podManagementPolicy };
    expect(of({ ...pods(3, 3, 3), ...same }, spec)).toBe('settled');
    expect(of({ ...pods(3, 3, 3), ...revisions }, spec)).toBe('rolling: end of old pods');
    expect(of({ ...pods(3, 1, 2), ...revisions }, spec)).toBe('rolling: updated pods');
    expect(of({ ...pods(3, 3, 2), ...same }, spec)).toBe('rolling: available pods');
    expect(of({ ...pods(3, 3, 3, 2), ...same }, spec)).toBe('rolling: controller');
    expect(of(pods(0, 0, 0), { replicas: 0 })).toBe('empty');
  });

  it('with OnDelete is blocked until somebody has deleted all old pods; its currentRevision stays', () => {
    const spec = { updateStrategy: { type: 'OnDelete' } };
    expect(of({ ...pods(3, 2, 3), ...revisions }, spec)).toBe('blocked: OnDelete');
    expect(of({ ...pods(3, 3, 2), ...revisions }, spec)).toBe('rolling: available pods');
    expect(of({ ...pods(3, 3, 3), ...revisions }, spec)).toBe('settled');
  });

  it('with a partition rolls down to it, and is blocked then', () => {
    expect(of({ ...pods(3, 0, 3), ...revisions }, partition(2))).toBe('rolling: updated pods');
    expect(of({ ...pods(3, 1, 2), ...revisions }, partition(2))).toBe('rolling: updated pods');
    expect(of({ ...pods(3, 1, 3), ...revisions }, partition(2))).toBe('blocked: Partition');
    expect(of({ ...pods(3, 0, 1), ...revisions }, partition(9))).toBe('blocked: Partition');
    expect(of({ ...pods(3, 0, 3, 2), ...revisions }, partition(9))).toBe('rolling: controller');
    expect(of({ ...pods(3, 3, 3), ...same }, partition(2))).toBe('settled');
  });
});

describe('a DaemonSet', () => {
  const nodes = (desired: number, updated: number, available: number, observedGeneration = 3) => ({
    observedGeneration,
    desiredNumberScheduled: desired,
    currentNumberScheduled: desired,
    updatedNumberScheduled: updated,
    numberAvailable: available,
  });
  const of = (status: object, spec: object = {}) => health('DaemonSet', { spec, status });

  it('is settled when each node has an available pod of the present template', () => {
    expect(of(nodes(3, 3, 3))).toBe('settled');
    expect(of(nodes(3, 2, 3))).toBe('rolling: updated pods');
    expect(of(nodes(3, 3, 2))).toBe('rolling: available pods');
    expect(of(nodes(3, 3, 3, 2))).toBe('rolling: controller');
  });

  it('is empty when its controller has found no node for it', () => {
    expect(of(nodes(0, 0, 0))).toBe('empty');
    expect(of({})).toBe('rolling: controller');
  });

  it('with OnDelete is blocked while it has old pods', () => {
    const spec = { updateStrategy: { type: 'OnDelete' } };
    expect(of(nodes(3, 2, 3), spec)).toBe('blocked: OnDelete');
    expect(of(nodes(3, 3, 3), spec)).toBe('settled');
  });
});

describe('an Argo Rollout', () => {
  const stable = { stableRS: 'b', currentPodHash: 'b' };
  const canary = { stableRS: 'a', currentPodHash: 'b' };
  const argo = (updated: number, available: number, more: object, observed = '3') => ({
    ...pods(3, updated, available),
    observedGeneration: observed,
    ...more,
  });
  const of = (status: object, spec: object = {}, template?: Shape) =>
    health('Rollout', { spec: { replicas: 3, ...spec }, status }, template);

  it('is settled when the present template is promoted and available, whatever old pods end later', () => {
    expect(of(argo(3, 3, stable))).toBe('settled');
    expect(of({ ...argo(3, 6, stable), replicas: 6 })).toBe('settled');
    expect(of(argo(3, 3, canary))).toBe('rolling: end of old pods');
    expect(of(argo(1, 3, canary))).toBe('rolling: updated pods');
    expect(of(argo(3, 2, stable))).toBe('rolling: available pods');
    expect(of(argo(3, 3, stable, '2'))).toBe('rolling: controller');
    expect(of({}, { replicas: 0 })).toBe('empty');
  });

  it('is blocked at a pause that somebody must end', () => {
    const status = argo(1, 3, { ...canary, pauseConditions: [{ reason: 'CanaryPauseStep' }], currentStepIndex: 0 });
    const steps = (pause: object) => ({ strategy: { canary: { steps: [{ pause }] } } });
    expect(of(status, steps({}))).toBe('blocked: AwaitingPromotion');
    expect(of(status, steps({ duration: '1h' }))).toBe('rolling: updated pods');
    expect(of(argo(1, 3, canary), { paused: true })).toBe('blocked: Paused');
    expect(of(argo(3, 3, stable), { paused: true })).toBe('settled');
  });

  it('has failed when it is degraded or aborted, also when its last valid template is available', () => {
    expect(of(argo(1, 3, { ...canary, phase: 'Degraded' }))).toBe('failed: Degraded');
    expect(of(argo(1, 3, { ...canary, abort: true }), { paused: true })).toBe('failed: Degraded');
    expect(of(argo(3, 3, { ...stable, phase: 'Degraded' }))).toBe('failed: Degraded');
    expect(of(argo(1, 3, { ...canary, abort: true }, '2'))).toBe('rolling: controller');
  });

  it('with restartAt is settled when the restart is done and all pods are available; a pause does not stop it', () => {
    const metadata = { annotations: { [setting('restart-strategy')]: 'restart' } };
    const at = (restartedAt: string | undefined, available = 3, spec: object = {}) =>
      health('Rollout', {
        metadata,
        spec: { replicas: 3, restartAt: '2026-01-01T00:00:00Z', ...spec },
        status: argo(1, available, { ...canary, restartedAt, pauseConditions: [{ reason: 'CanaryPauseStep' }] }),
      });
    expect(at(undefined)).toBe('rolling: updated pods');
    expect(at('2025-12-31T00:00:00Z', 3, { paused: true })).toBe('rolling: updated pods');
    expect(at('2026-01-01T00:00:00Z')).toBe('settled');
    expect(at('2026-01-01T01:00:00+01:00')).toBe('settled');
    expect(at('2026-01-01T00:00:00Z', 2)).toBe('rolling: available pods');
  });

  it('with the template of a Deployment waits until its controller has seen the change there', () => {
    const spec = { workloadRef: { kind: 'Deployment', name: 'web' } };
    expect(of(argo(3, 3, { ...stable, workloadObservedGeneration: '2' }), spec, {})).toBe('rolling: controller');
    expect(of(argo(3, 3, { ...stable, workloadObservedGeneration: '3' }), spec, {})).toBe('settled');
  });
});
