import { describe, expect, it } from '@jest/globals';
import { restartNeed, runsOldContent } from '../../../src/restart/plan-restart.ts';
import type { Workload, WorkloadKind } from '../../../src/restart/port.ts';
import { object } from '../resolve/entries.ts';

const CHANGED = '2026-01-02T12:00:00.500Z';
const facts = { markerName: 'm', content: 'c2' };

function workload(kind: WorkloadKind = 'Deployment', markers: Readonly<Record<string, string>> = {}): Workload {
  return { ...object(kind, 'app', 'team'), kind, markers, selector: 'app=app' };
}

function pod(creationTimestamp: string, owner: object = {}, more: object = {}, status: object = {}) {
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-5d4f', uid: 'rs', controller: true, ...owner };
  return { ...object('Pod', 'app-x', 'team', { creationTimestamp, ownerReferences: [controller], ...more }), status };
}

describe('restartNeed', () => {
  it('goes by the marker, if there is one', () => {
    expect(restartNeed(workload('Deployment', { m: 'c2' }), facts)).toEqual({ kind: 'current' });
    expect(restartNeed(workload('Deployment', { m: 'c1' }), facts)).toEqual({ kind: 'restart' });
    expect(restartNeed(workload('Deployment', { other: 'c1' }), facts)).toEqual({ kind: 'current' });
  });

  it('asks the pods when there is none and the content has changed once', () => {
    expect(restartNeed(workload(), facts)).toEqual({ kind: 'current' });
    expect(restartNeed(workload(), { ...facts, changedAt: CHANGED })).toEqual({ kind: 'ask-pods', changedAt: CHANGED });
  });
});

describe('runsOldContent', () => {
  const old = '2026-01-02T11:59:00Z';
  const runs = (pods: Parameters<typeof runsOldContent>[1], kind: WorkloadKind = 'Deployment') =>
    runsOldContent(workload(kind), pods, CHANGED);

  it('is so for a pod that was there before the change, and for one that may have been', () => {
    expect(runs([])).toBe(false);
    expect(runs([pod(old)])).toBe(true);
    expect(runs([pod('2026-01-02T12:00:01Z')])).toBe(true);
    expect(runs([pod('2026-01-02T12:00:02Z')])).toBe(false);
    expect(runs([pod('2026-01-02T12:00:02Z'), pod(old)])).toBe(true);
  });

  it('leaves pods out that are going or done', () => {
    expect(runs([pod(old, {}, { deletionTimestamp: CHANGED })])).toBe(false);
    expect(runs([pod(old, {}, {}, { phase: 'Succeeded' }), pod(old, {}, {}, { phase: 'Failed' })])).toBe(false);
    expect(runs([pod(old, {}, {}, { phase: 'Running' })])).toBe(true);
  });

  it('leaves pods of others out that the selector happens to match', () => {
    expect(runs([pod(old, { name: 'app-b-5d4f' })])).toBe(false);
    expect(runs([pod(old, { name: 'apple-5d4f' })])).toBe(false);
    expect(runs([pod(old, { kind: 'StatefulSet', name: 'app-x' })])).toBe(false);
    expect(runs([pod(old, { controller: false })])).toBe(false);
    expect(runs([pod(old, {}, { ownerReferences: undefined })])).toBe(false);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)('goes by the uid of the controller for a %s', (kind) => {
    expect(runs([pod(old, { kind, name: 'app', uid: 'uid-app' })], kind)).toBe(true);
    expect(runs([pod(old, { kind, name: 'app', uid: 'former' })], kind)).toBe(false);
  });
});
