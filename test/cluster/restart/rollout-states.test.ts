// What the real controllers report of rollouts, read as the operator reads it. No operator runs: these are the facts that its gates rest on.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { Consumer } from '../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../src/restart/consumer/reduce-consumer.ts';
import { rolloutHealth } from '../../../src/restart/rollout/health.ts';
import { hungPod } from '../../../src/restart/rollout/hung-pod.ts';
import { waitingPod, waitingWords } from '../../../src/restart/rollout/waiting-pods.ts';
import { makeNamespace, type TestNamespace } from '../../support/control-plane/namespace.ts';
import { acquireSharedControlPlane, type SharedControlPlane } from '../../support/control-plane/shared.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { Objects } from '../../support/operator/objects.ts';
import { createWorkload, type Kind, PLURALS } from '../../support/operator/workloads.ts';
import { type PodReadier, startPodReadier } from '../../support/pod-readier/start.ts';

jest.setTimeout(90_000);

let controlPlane: SharedControlPlane;
let namespace: TestNamespace;
let readier: PodReadier;
let objects: Objects;

beforeAll(async () => {
  controlPlane = await acquireSharedControlPlane();
  namespace = await makeNamespace(controlPlane, 'rollouts');
  readier = await startPodReadier(controlPlane, namespace.name);
  objects = new Objects(controlPlane.api, namespace.name);
}, 120_000);

afterAll(async () => {
  await readier?.[Symbol.asyncDispose]();
  await namespace?.[Symbol.asyncDispose]();
  await controlPlane?.[Symbol.asyncDispose]();
});

async function consumer(kind: Kind, name: string): Promise<Consumer> {
  const object = await objects.get(PLURALS[kind], name);
  return reduceConsumer(kind, object as unknown as KubeObject, keytender.annotations);
}

/** The workload once its rollout is in this state. */
async function until(kind: Kind, name: string, expected: object): Promise<Consumer> {
  return waitUntil(`${kind} ${name} is ${JSON.stringify(expected)}`, async () => {
    const found = await consumer(kind, name);
    const state = rolloutHealth(found);
    return Object.entries(expected).every(([field, value]) => (state as unknown as Record<string, unknown>)[field] === value)
      ? found
      : undefined;
  });
}

/** A change of the pod template, as a restart makes it. */
async function restart(kind: Kind, name: string, content: string): Promise<void> {
  await objects.patch(PLURALS[kind], name, {
    spec: { template: { metadata: { annotations: { 'restart.keytender.dev/secret': content } } } },
  });
}

/** A pod of a StatefulSet crashes as long as it has the template of that time. */
function breakOldPod(name: string, { updateRevision = '' }: Consumer['rollout']): void {
  const labels = { 'statefulset.kubernetes.io/pod-name': name, 'controller-revision-hash': updateRevision };
  readier.set({ labels }, { state: 'crash-loop' });
}

async function podsOf(name: string) {
  return (await objects.list('pods')).filter(({ metadata }) => metadata.labels?.['app'] === name);
}

describe('a StatefulSet', () => {
  it('that keeps an order hangs on a broken pod of before until somebody deletes it', async () => {
    await createWorkload(objects, 'StatefulSet', 'ordered', { replicas: 3 });
    const { rollout: before } = await until('StatefulSet', 'ordered', { state: 'settled' });
    breakOldPod('ordered-1', before);
    await until('StatefulSet', 'ordered', { state: 'rolling', awaits: 'available pods' });
    await restart('StatefulSet', 'ordered', '1.a');
    const hanging = await until('StatefulSet', 'ordered', { state: 'rolling', awaits: 'updated pods' });
    const found = hungPod(hanging, await podsOf('ordered'));
    expect(found).toMatchObject({ name: 'ordered-1', reason: 'CrashLoopBackOff', isStuck: true, container: 'app' });
    // Another change does not help: the controller looks at no pod behind the broken one.
    await restart('StatefulSet', 'ordered', '2.b');
    const still = await until('StatefulSet', 'ordered', { state: 'rolling', awaits: 'updated pods' });
    expect(still.rollout.updated).toBe(0);
    expect(hungPod(still, await podsOf('ordered'))).toEqual(found);
    await objects.delete('pods', 'ordered-1');
    const settled = await until('StatefulSet', 'ordered', { state: 'settled' });
    expect(settled.rollout.updated).toBe(3);
    expect(hungPod(settled, await podsOf('ordered'))).toBeUndefined();
  });

  it('that keeps no order replaces a broken pod of before by itself', async () => {
    await createWorkload(objects, 'StatefulSet', 'parallel', { replicas: 3, podManagementPolicy: 'Parallel' });
    const { rollout } = await until('StatefulSet', 'parallel', { state: 'settled' });
    breakOldPod('parallel-1', rollout);
    await until('StatefulSet', 'parallel', { state: 'rolling', awaits: 'available pods' });
    await restart('StatefulSet', 'parallel', '1.a');
    await until('StatefulSet', 'parallel', { state: 'settled' });
  });

  it('with OnDelete keeps its currentRevision, and is settled when all its pods are new', async () => {
    await createWorkload(objects, 'StatefulSet', 'on-delete', { replicas: 2, updateStrategy: { type: 'OnDelete' } });
    await until('StatefulSet', 'on-delete', { state: 'settled' });
    await restart('StatefulSet', 'on-delete', '1.a');
    await until('StatefulSet', 'on-delete', { state: 'blocked', reason: 'OnDelete' });
    for (const ordinal of [0, 1]) await objects.delete('pods', `on-delete-${ordinal}`);
    const { rollout } = await until('StatefulSet', 'on-delete', { state: 'settled' });
    expect(rollout.updated).toBe(2);
    expect(rollout.currentRevision).not.toBe(rollout.updateRevision);
  });

  it('with a partition rolls down to it, and on when it is lowered', async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    await createWorkload(objects, 'StatefulSet', 'partition', { replicas: 2, updateStrategy });
    await until('StatefulSet', 'partition', { state: 'settled' });
    await restart('StatefulSet', 'partition', '1.a');
    expect((await until('StatefulSet', 'partition', { state: 'blocked', reason: 'Partition' })).rollout.updated).toBe(1);
    await objects.patch('statefulsets', 'partition', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await until('StatefulSet', 'partition', { state: 'settled' });
  });
});

describe('a Deployment', () => {
  it('is blocked while it is paused, fails at its progress deadline, and is settled when the cause has gone', async () => {
    await createWorkload(objects, 'Deployment', 'web', { replicas: 2, progressDeadlineSeconds: 2 });
    const { rollout: before } = await until('Deployment', 'web', { state: 'settled' });
    await objects.patch('deployments', 'web', { spec: { paused: true } });
    await restart('Deployment', 'web', '1.a');
    await until('Deployment', 'web', { state: 'blocked', reason: 'Paused' });
    const slow = readier.set({ labels: { app: 'web' } }, { state: 'untouched' });
    await objects.patch('deployments', 'web', { spec: { paused: false } });
    await until('Deployment', 'web', { state: 'failed', reason: 'ProgressDeadlineExceeded' });
    expect(waitingWords(waitingPod(await podsOf('web'))!)).toMatch(/^pod "web-[^"]+": Pending$/);
    slow[Symbol.dispose]();
    const { rollout: after } = await until('Deployment', 'web', { state: 'settled' });
    expect([before.updateRevision, after.updateRevision]).toEqual(['1', '2']);
    await objects.patch('deployments', 'web', { spec: { replicas: 0 } });
    expect((await until('Deployment', 'web', { state: 'empty' })).rollout.updateRevision).toBe('2');
  });
});

describe('a DaemonSet', () => {
  it('without a node for it is empty', async () => {
    const template = { nodeSelector: { nowhere: namespace.name }, containers: [{ name: 'app', image: 'app:1' }] };
    await createWorkload(objects, 'DaemonSet', 'agent', { template: { metadata: { labels: { app: 'agent' } }, spec: template } });
    expect((await until('DaemonSet', 'agent', { state: 'empty' })).rollout.updateRevision).toBe('1');
    await restart('DaemonSet', 'agent', '1.a');
    expect((await consumer('DaemonSet', 'agent')).rollout.updateRevision).toBe('2');
  });
});
