import { describe, expect, it } from '@jest/globals';
import { hidesMarker, restartNeed, runsOldContent } from '../../../src/restart/plan-restart.ts';
import type { Workload } from '../../../src/restart/port.ts';
import type { WorkloadKind } from '../../../src/api/object/workload-kinds.ts';
import { object } from '../resolve/entries.ts';

const CHANGED = '2026-01-02T12:00:00.500Z';
const facts = { marker: { current: 'm' }, content: 'c2' };

function workload(kind: WorkloadKind = 'Deployment', markers: Readonly<Record<string, string>> = {}): Workload {
  return { ...object(kind, 'app', 'team'), kind, markers, hasMoreMarkers: false };
}

function pod(creationTimestamp: string, owner: object = {}, more: object = {}) {
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-5d4f', uid: 'rs', controller: true, ...owner };
  return { ...object('Pod', 'app-x', 'team', { creationTimestamp, ownerReferences: [controller], ...more }) };
}

describe('restartNeed', () => {
  it('goes by the marker, if there is one', () => {
    expect(restartNeed(workload('Deployment', { m: 'c2' }), facts)).toEqual({ kind: 'current', marked: true });
    expect(restartNeed(workload('Deployment', { m: 'c1' }), facts)).toEqual({ kind: 'restart' });
    expect(restartNeed(workload('Deployment', { other: 'c1' }), facts)).toEqual({ kind: 'current', marked: false });
  });

  it('asks the pods when there is none and the content has changed once', () => {
    expect(restartNeed(workload(), facts)).toEqual({ kind: 'current', marked: false });
    expect(restartNeed(workload(), { ...facts, changedAt: CHANGED })).toEqual({ kind: 'ask-pods', changedAt: CHANGED });
  });
});

describe('restartNeed, of a marker under its former name', () => {
  const renamed = { marker: { current: 'a_b', former: 'a.b' }, content: 'c2', changedAt: CHANGED };
  const need = (markers: Readonly<Record<string, string>>) => restartNeed(workload('Deployment', markers), renamed);

  it('takes the content that it states, so that an upgrade rolls nothing', () => {
    expect(need({ 'a.b': 'c2' })).toEqual({ kind: 'current', marked: true });
  });

  it('asks the pods where it states another, since it may be the marker of the Secret of that name', () => {
    expect(need({ 'a.b': 'c1' })).toEqual({ kind: 'ask-pods', changedAt: CHANGED });
  });

  it('goes by the present name where there is one', () => {
    expect(need({ 'a.b': 'c2', a_b: 'c1' })).toEqual({ kind: 'restart' });
    expect(need({ 'a.b': 'c1', a_b: 'c2' })).toEqual({ kind: 'current', marked: true });
  });
});

describe('hidesMarker', () => {
  it('is so where there are more markers than are kept, and this is not one of those', () => {
    const many = { ...workload('Deployment', { m: 'c' }), hasMoreMarkers: true };
    expect(hidesMarker(many, facts)).toBe(false);
    expect(hidesMarker(many, { ...facts, marker: { current: 'other' } })).toBe(true);
    expect(hidesMarker(many, { ...facts, marker: { current: 'm', former: 'other' } })).toBe(true);
    expect(hidesMarker(workload(), { ...facts, marker: { current: 'other' } })).toBe(false);
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

  it('leaves pods out that are going', () => {
    expect(runs([pod(old, {}, { deletionTimestamp: CHANGED })])).toBe(false);
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
