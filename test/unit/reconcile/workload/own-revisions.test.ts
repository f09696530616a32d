import { describe, expect, it } from '@jest/globals';
import { OwnRevisions } from '../../../../src/reconcile/workload/own-revisions.ts';
import { reduced } from '../../restart/consumer/workloads.ts';
import { workloadEntry } from '../../restart/ledger/entries.ts';

const ID = 'Deployment/team/app';
const entry = workloadEntry('u', { generationBefore: 4 });
const at = (generation: number, revision: string, observedGeneration = generation) =>
  reduced({
    metadata: { generation, annotations: { 'deployment.kubernetes.io/revision': revision } },
    status: { observedGeneration },
  });

describe('the revision of our patch', () => {
  it('is superseded by another change of the template, and not by one of the scale', () => {
    const own = new OwnRevisions();
    expect([own.isSuperseded(ID, entry, at(5, '2', 4)), own.isSuperseded(ID, entry, at(5, '3'))]).toEqual([false, false]);
    expect(own.isSuperseded(ID, entry, at(6, '3'))).toBe(false);
    expect(own.isSuperseded(ID, entry, at(7, '3', 6))).toBe(false);
    expect(own.isSuperseded(ID, entry, at(7, '4'))).toBe(true);
    expect(own.isSuperseded(ID, { ...entry, patchedAt: '2026-01-02T00:00:00.000Z', generationBefore: 7 }, at(8, '5'))).toBe(false);
  });

  it('is unknown to a process that has not seen it', () => {
    const own = new OwnRevisions();
    expect([own.isSuperseded(ID, entry, at(7, '4')), own.isSuperseded(ID, undefined, at(7, '4'))]).toEqual([false, false]);
    expect(own.isSuperseded(ID, entry, at(5, '3'))).toBe(false);
    own.forget(ID);
    expect(own.isSuperseded(ID, entry, at(7, '4'))).toBe(false);
  });
});
