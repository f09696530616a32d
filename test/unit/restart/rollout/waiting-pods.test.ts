// Which pod is not ready, and why; never what an application said.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { waitingPod, waitingWords } from '../../../../src/restart/rollout/waiting-pods.ts';
import { pod, type PodShape } from './pods.ts';

const CANARY = 'password=canary';
const words = (shape: PodShape): string | undefined => {
  const found = waitingPod([pod('web-1', shape)]);
  return found === undefined ? undefined : `${waitingWords(found)}${found.isStuck ? '' : ', slow'}`;
};

describe('a pod that is not ready', () => {
  it.each(['CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'CreateContainerConfigError', 'InvalidImageName', 'RunContainerError'])(
    'is stuck with %s',
    (reason) => {
      expect(words({ waiting: { reason, message: CANARY } })).toBe(`pod "web-1": container "app" ${reason}`);
    },
  );

  it('says how its container ended before, but not its message', () => {
    const terminated = { reason: 'OOMKilled', exitCode: 137, message: CANARY };
    expect(words({ waiting: { reason: 'CrashLoopBackOff', message: CANARY }, lastState: { terminated } })).toBe(
      'pod "web-1": container "app" CrashLoopBackOff (ended with OOMKilled, exit code 137)',
    );
  });

  it('is stuck without a node, and slow while it is made', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: CANARY }];
    expect(words({ phase: 'Pending', conditions })).toBe('pod "web-1": Unschedulable');
    expect(words({ waiting: { reason: 'ContainerCreating' } })).toBe('pod "web-1": container "app" ContainerCreating, slow');
    expect(words({ phase: 'Pending', conditions: [] })).toBe('pod "web-1": Pending, slow');
    expect(words({})).toBe('pod "web-1": NotReady, slow');
    expect(words({ metadata: { deletionTimestamp: 'now' }, ready: true })).toBe('pod "web-1": Terminating, slow');
  });

  it('is named by its init container', () => {
    const waiting = { reason: 'CrashLoopBackOff' };
    const status = {
      initContainerStatuses: [{ name: 'migrate', state: { waiting } }],
      containerStatuses: [{ name: 'app', state: { waiting: { reason: 'PodInitializing' } } }],
    };
    expect(waitingPod([{ metadata: { name: 'web-1' }, status }])?.container).toBe('migrate');
    const reversed = { containerStatuses: [...status.containerStatuses, ...status.initContainerStatuses] };
    expect(waitingPod([{ metadata: { name: 'web-1' }, status: reversed }])?.container).toBe('migrate');
  });

  it('is none if it is ready or has ended', () => {
    expect([words({ ready: true }), words({ phase: 'Failed' }), words({ phase: 'Succeeded' })]).toEqual([undefined, undefined, undefined]);
  });

  it('is the one that tells most, and the first of those by name', () => {
    const crash = { waiting: { reason: 'CrashLoopBackOff' } };
    const pods = [
      pod('a', { ready: true }),
      pod('b'),
      pod('d', crash),
      pod('c', crash),
      pod('0', { metadata: { deletionTimestamp: 'now' } }),
    ];
    expect(waitingPod(pods)?.name).toBe('c');
    expect(waitingPod([])).toBeUndefined();
  });

  it('keeps only words of Kubernetes', () => {
    const found = words({ waiting: { reason: CANARY }, lastState: { terminated: { reason: CANARY, exitCode: 1 } } });
    expect(found).toBe('pod "web-1": container "app" Unknown, slow');
    expect(waitingPod([pod(CANARY)])).toBeUndefined();
    const labels = { 'controller-revision-hash': CANARY };
    expect(waitingPod([pod('a', { metadata: { labels, creationTimestamp: CANARY } })])).toEqual({
      name: 'a',
      reason: 'NotReady',
      isStuck: false,
      createdAt: '',
    });
  });

  it('is found in lists of any shape, in few words', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), fc.anything(), fc.anything(), (pods, status, metadata) => {
        for (const found of [
          waitingPod(pods),
          waitingPod([
            { metadata, status },
            { metadata: { name: 'a' }, status },
          ]),
        ]) {
          if (found !== undefined) expect(waitingWords(found).length).toBeLessThan(700);
        }
      }),
    );
  });
});
