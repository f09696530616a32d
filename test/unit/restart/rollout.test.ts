import { describe, expect, it } from '@jest/globals';
import type { WorkloadKind } from '../../../src/api/object/workload-kinds.ts';
import { rolloutBlockMessage, rolloutBlockOf } from '../../../src/restart/rollout.ts';

const hold = (kind: WorkloadKind, spec: object, status: object) => rolloutBlockOf(kind, { metadata: { generation: 2 }, spec, status });
const seen = { observedGeneration: 2, replicas: 3, desiredNumberScheduled: 3 };

describe('holdOf', () => {
  it('is why pods of an earlier template stay, by kind', () => {
    const old = { ...seen, updatedReplicas: 1, updatedNumberScheduled: 1 };
    expect(hold('Deployment', { paused: true }, old)).toBe('Paused');
    expect(hold('StatefulSet', { updateStrategy: { type: 'OnDelete' } }, old)).toBe('OnDelete');
    expect(hold('DaemonSet', { updateStrategy: { type: 'OnDelete' } }, old)).toBe('OnDelete');
    expect(hold('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }, old)).toBe('Partition');
  });

  it('is nothing where the controller is replacing them', () => {
    const old = { ...seen, updatedReplicas: 0, updatedNumberScheduled: 0 };
    expect(hold('Deployment', {}, old)).toBeUndefined();
    expect(hold('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } }, old)).toBeUndefined();
    expect(hold('DaemonSet', { updateStrategy: { type: 'RollingUpdate' } }, old)).toBeUndefined();
  });

  it('ends when all pods are of the present template, and not before its controller has seen that', () => {
    const done = { ...seen, updatedReplicas: 3, updatedNumberScheduled: 3 };
    for (const [kind, spec] of [
      ['Deployment', { paused: true }],
      ['StatefulSet', { updateStrategy: { type: 'OnDelete' } }],
      ['DaemonSet', { updateStrategy: { type: 'OnDelete' } }],
    ] as const) {
      expect(hold(kind, spec, done)).toBeUndefined();
      expect(hold(kind, spec, { ...done, observedGeneration: 1 })).toBeDefined();
      expect(hold(kind, spec, { observedGeneration: 2 })).toBeUndefined();
    }
  });

  it('is told in words', () => {
    for (const each of ['Paused', 'OnDelete', 'Partition'] as const) expect(rolloutBlockMessage(each)).toMatch(/^it/);
  });
});
