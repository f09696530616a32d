import { expect, it } from '@jest/globals';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import type { WorkloadEntry } from '../../../../src/restart/ledger/entry.ts';
import { isSuperseded, observedRevision } from '../../../../src/restart/rollout/superseded.ts';
import { reduced } from '../consumer/workloads.ts';

const NUMBERS: Readonly<Partial<Record<ConsumerKind, string>>> = {
  Deployment: 'deployment.kubernetes.io/revision',
  DaemonSet: 'deprecated.daemonset.template.generation',
};

const workload = (kind: ConsumerKind, revision: string, observedGeneration = 3) =>
  reduced(
    {
      metadata: { uid: 'u', annotations: { [NUMBERS[kind] ?? 'none']: revision } },
      status: { observedGeneration, updateRevision: revision },
    },
    kind,
  );

const entry = (revisionBefore: string | undefined, uid = 'u'): WorkloadEntry => ({
  about: 'workload',
  uid,
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  patchedAt: '2026-11-30T00:00:00.000Z',
  markers: {},
  generationBefore: 1,
  healthyBefore: true,
  removals: {},
  ...(revisionBefore === undefined ? {} : { revisionBefore }),
});

it.each(['Deployment', 'DaemonSet'] as const)('the rollout of a %s is superseded by the template after ours', (kind) => {
  expect(['4', '5', '6'].map((revision) => isSuperseded(workload(kind, revision), entry('4')))).toEqual([false, false, true]);
});

it('nothing is known without the template before, for another object of the name, or of kinds whose templates have no number', () => {
  expect(isSuperseded(workload('Deployment', '6'), entry(undefined))).toBe(false);
  expect(isSuperseded(workload('Deployment', '6'), undefined)).toBe(false);
  expect(isSuperseded(workload('Deployment', '6'), entry('4', 'another'))).toBe(false);
  expect(isSuperseded(workload('StatefulSet', '6'), entry('4'))).toBe(false);
});

it('a template that its controller has not observed is not known', () => {
  expect([observedRevision(workload('Deployment', '4')), observedRevision(workload('Deployment', '4', 2))]).toEqual(['4', undefined]);
});
