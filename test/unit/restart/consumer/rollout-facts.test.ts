// The numbers and switches of each kind in one form.
import { describe, expect, it } from '@jest/globals';
import { reduced, type Shape } from './workloads.ts';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';

const facts = (kind: ConsumerKind, shape: Shape = {}) => reduced(shape, kind).rollout;

describe('facts of a rollout', () => {
  it('have the defaults of the API', () => {
    expect(facts('Deployment')).toEqual({
      generation: 3,
      observedGeneration: 0,
      replicas: 1,
      paused: false,
      pausedByReloader: false,
      recreate: false,
      onDelete: false,
      partition: 0,
      parallel: false,
      minReadySeconds: 0,
      current: 0,
      updated: 0,
      available: 0,
      ready: 0,
      deadlineExceeded: false,
      awaitsPromotion: false,
    });
    expect(facts('DaemonSet').replicas).toBe(0);
  });

  it('of a Deployment', () => {
    const conditions = [{ type: 'Available' }, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const found = facts('Deployment', {
      metadata: { annotations: { 'deployment.reloader.stakater.com/paused-at': '2026-01-01T00:00:00Z' } },
      spec: { replicas: 0, paused: true, strategy: { type: 'Recreate' }, minReadySeconds: 5, progressDeadlineSeconds: 60 },
      status: { observedGeneration: 2, replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 2, conditions },
    });
    expect(found).toMatchObject({ observedGeneration: 2, replicas: 0, current: 4, updated: 1, ready: 3, available: 2 });
    expect(found).toMatchObject({ paused: true, pausedByReloader: true, recreate: true, deadlineExceeded: true });
    expect(found).toMatchObject({ minReadySeconds: 5, progressDeadlineSeconds: 60 });
    const slow = { conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }] };
    expect(facts('Deployment', { status: slow }).deadlineExceeded).toBe(false);
  });

  it('of a StatefulSet', () => {
    const found = facts('StatefulSet', {
      spec: { podManagementPolicy: 'Parallel', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      status: { currentRevision: 'app-1', updateRevision: 'app-2' },
    });
    expect(found).toMatchObject({ parallel: true, partition: 2, onDelete: false, currentRevision: 'app-1', updateRevision: 'app-2' });
    expect(facts('StatefulSet', { spec: { updateStrategy: { type: 'OnDelete' } } }).onDelete).toBe(true);
  });

  it('of a DaemonSet, by node', () => {
    const status = {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      updatedNumberScheduled: 3,
      numberAvailable: 2,
      numberReady: 1,
    };
    expect(facts('DaemonSet', { status })).toMatchObject({ replicas: 5, current: 4, updated: 3, available: 2, ready: 1 });
  });

  it('name the present template of a Deployment and a DaemonSet', () => {
    const annotations = { 'deployment.kubernetes.io/revision': '7', 'deprecated.daemonset.template.generation': '8' };
    const of = (kind: ConsumerKind) => facts(kind, { metadata: { annotations } }).updateRevision;
    expect([of('Deployment'), of('DaemonSet'), of('StatefulSet')]).toEqual(['7', '8', undefined]);
  });

  it('of a Rollout, whose observedGeneration is a text', () => {
    const spec = { restartAt: '2026-01-01T00:00:01Z' };
    const status = {
      observedGeneration: '2',
      stableRS: 'aaa',
      currentPodHash: 'bbb',
      restartedAt: '2026-01-01T00:00:00Z',
      workloadObservedGeneration: '7',
    };
    expect(facts('Rollout', { spec, status })).toMatchObject({
      observedGeneration: 2,
      currentRevision: 'aaa',
      updateRevision: 'bbb',
      restartAt: '2026-01-01T00:00:01Z',
      restartedAt: '2026-01-01T00:00:00Z',
      observedWorkloadGeneration: 7,
    });
    expect(facts('Rollout', { status: { observedGeneration: '6bd9c7f' } }).observedGeneration).toBe(3);
    expect(facts('Rollout').observedGeneration).toBe(0);
    expect(facts('Rollout', { status: { phase: 'Degraded' } }).deadlineExceeded).toBe(true);
    expect(facts('Rollout', { status: { abort: true } }).deadlineExceeded).toBe(true);
  });

  it('of a Rollout that pauses: a pause that ends by itself awaits nobody', () => {
    const awaits = (strategy: object, reason: string, index = 0) =>
      facts('Rollout', { spec: { strategy }, status: { pauseConditions: [{ reason }], currentStepIndex: index } }).awaitsPromotion;
    const canary = { canary: { steps: [{ pause: { duration: '10m' } }, { pause: {} }, { pause: { duration: 5 } }] } };
    expect([0, 1, 2].map((index) => awaits(canary, 'CanaryPauseStep', index))).toEqual([false, true, false]);
    expect(awaits({ blueGreen: { autoPromotionSeconds: 30 } }, 'BlueGreenPause')).toBe(false);
    expect(awaits({ blueGreen: { autoPromotionEnabled: false } }, 'BlueGreenPause')).toBe(true);
    expect(awaits(canary, 'InconclusiveAnalysisRun')).toBe(true);
    expect(facts('Rollout', { status: { pauseConditions: [] } }).awaitsPromotion).toBe(false);
  });

  it('of a Rollout with the template of a Deployment: no references of its own', () => {
    const podSpec = { containers: [{ envFrom: [{ secretRef: { name: 's' } }] }] };
    const of = (kind: string) => reduced({ podSpec, spec: { workloadRef: { apiVersion: 'apps/v1', kind, name: 'web' } } }, 'Rollout');
    expect([of('Deployment').workloadRef, of('Deployment').consumes]).toEqual(['web', []]);
    expect(of('ReplicaSet').workloadRef).toBeUndefined();
  });
});
