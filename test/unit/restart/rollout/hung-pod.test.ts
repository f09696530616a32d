// The broken pod of before for which the controller of a StatefulSet waits.
import { describe, expect, it } from '@jest/globals';
import { hungPod } from '../../../../src/restart/rollout/hung-pod.ts';
import { hungWords } from '../../../../src/restart/rollout/rollout-words.ts';
import { reduced } from '../consumer/workloads.ts';
import { pod, type PodShape } from './pods.ts';

const set = (spec: object = {}, status: object = { currentRevision: 'app-1', updateRevision: 'app-2' }) =>
  reduced({ spec, status }, 'StatefulSet');
const ofRevision = (name: string, revision: string, shape: PodShape = {}) =>
  pod(name, { ...shape, metadata: { labels: { 'controller-revision-hash': revision }, ...shape.metadata } });
const crash = { waiting: { reason: 'CrashLoopBackOff' } };

describe('a StatefulSet that hangs', () => {
  it('waits for the broken pod of an earlier template with the lowest ordinal', () => {
    const pods = [ofRevision('app-10', 'app-1', crash), ofRevision('app-2', 'app-1', crash), ofRevision('app-0', 'app-1', { ready: true })];
    const found = hungPod(set(), pods);
    expect(found?.name).toBe('app-2');
    expect(hungWords(found!)).toContain('pod "app-2"');
    expect(hungWords(found!)).toContain('delete this pod');
  });

  it('does not hang while it waits for a pod with the present template, or for one that ends', () => {
    expect(hungPod(set(), [ofRevision('app-1', 'app-2', crash), ofRevision('app-2', 'app-1', crash)])).toBeUndefined();
    expect(
      hungPod(set(), [
        ofRevision('app-1', 'app-1', { metadata: { deletionTimestamp: 'now', labels: { 'controller-revision-hash': 'app-1' } } }),
      ]),
    ).toBeUndefined();
    expect(hungPod(set(), [ofRevision('app-1', 'app-1', { ready: true })])).toBeUndefined();
  });

  it('is one that keeps an order, and whose revisions are known', () => {
    const pods = [ofRevision('app-1', 'app-1', crash)];
    expect(hungPod(set({ podManagementPolicy: 'Parallel' }), pods)).toBeUndefined();
    expect(hungPod(set({ updateStrategy: { type: 'OnDelete' } }), pods)).toBeUndefined();
    expect(hungPod(set({}, {}), pods)).toBeUndefined();
    expect(hungPod(reduced({ status: { updateRevision: 'app-2' } }, 'DaemonSet'), pods)).toBeUndefined();
  });

  it('has pods whose names end in an ordinal', () => {
    const names = ['app', 'app-', 'app-x', 'other-1', 'app-1-1', 'app-99999999999'];
    expect(
      hungPod(
        set(),
        names.map((name) => ofRevision(name, 'app-1', crash)),
      ),
    ).toBeUndefined();
  });
});
