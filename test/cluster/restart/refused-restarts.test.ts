// Restarts that somebody or something refuses, and workloads that go away meanwhile: told, tried again, and no obstacle for others.
import { describe, expect, it, jest } from '@jest/globals';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, restartedOf, shownRestarts, untilRestarted, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { type SceneWithPods, useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { createWorkload, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(90_000);

let pods: SceneWithPods;
let scene: Scene;

useSceneWithPods('refused', (opened) => {
  pods = opened;
  ({ scene } = opened);
});

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

async function setUp(name: string, workloads: readonly string[] = [name], restart: object = {}, more: object = {}): Promise<void> {
  scene.createSecret(name);
  for (const workload of workloads) await createConsumer(scene.objects, workload, { container: envFrom(name), ...more });
  for (const workload of workloads) await untilRolledOut(scene.objects, 'Deployment', workload);
  await createRestarting(scene, name, [], { restart: { mode: 'Discover', settle: '0', ...restart } });
  for (const workload of workloads)
    await waitUntil('it is known', async () =>
      shownRestarts(await scene.objects.get('externalsecrets', name)).some((one) => one.name === workload),
    );
}

describe('a patch that a webhook refuses', () => {
  it('is told with the text of the webhook, keeps nobody else waiting, and is tried again', async () => {
    await setUp('hooked', ['hooked', 'free']);
    const message = 'admission webhook "policy.example.com" denied the request: no changes on Fridays';
    const fault = scene.proxy.inject({
      verb: 'patch',
      resource: 'deployments',
      name: 'hooked',
      fault: { kind: 'status', code: 403, message },
    });
    scene.rotate('hooked');
    await untilMarked(scene.objects, 'Deployment', 'free', 'hooked');
    await untilShown(scene, 'hooked', 'hooked', { phase: 'Failed', reason: 'RestartFailed' });
    const object = await untilRestarted(scene, 'hooked', 'RestartFailed');
    expect(restartedOf(object)?.message).toMatch(/^Deployment "hooked": .*policy\.example\.com/);
    fault.remove();
    await untilMarked(scene.objects, 'Deployment', 'hooked', 'hooked');
    await untilRestarted(scene, 'hooked', 'RestartsDone');
    expect([await generationOf('hooked'), await generationOf('free')]).toEqual([2, 2]);
    await scene.objects.delete('externalsecrets', 'hooked');
  });
});

describe('a quota that leaves no room for new pods', () => {
  it('makes the rollout fail at its deadline; it is healthy when there is room', async () => {
    await setUp('tight', ['tight'], { timeout: '3s' });
    await scene.objects.create('resourcequotas', { metadata: { name: 'full' }, spec: { hard: { pods: '0' } } });
    await waitUntil('the quota counts', async () =>
      JSON.stringify((await scene.objects.get('resourcequotas', 'full'))?.status ?? {}).includes('"used"'),
    );
    scene.rotate('tight');
    await untilShown(scene, 'tight', 'tight', { phase: 'Failed', reason: 'RolloutFailed' });
    await scene.objects.delete('resourcequotas', 'full');
    // The controller of ReplicaSets tries again with growing delays.
    await untilShown(scene, 'tight', 'tight', { phase: 'Healthy' }, 60_000);
    expect(await generationOf('tight')).toBe(2);
    await scene.objects.delete('externalsecrets', 'tight');
  });
});

describe('a workload that a controller owns', () => {
  it('is Blocked with the name of its owner, and restarted when it says that it may be', async () => {
    const { metadata: of } = await scene.objects.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' } });
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'app', uid: of.uid, controller: true };
    await setUp('owned', ['owned'], {}, { owner });
    scene.rotate('owned');
    const shown = await untilShown(scene, 'owned', 'owned', { phase: 'Blocked', reason: 'OwnedByController' });
    expect(shown.message).toContain('ConfigMap "app" owns it');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('owned')).toBe(1);
    await scene.objects.patch('deployments', 'owned', { metadata: { annotations: { 'workload.keytender.dev/restart-owned': 'true' } } });
    await untilMarked(scene.objects, 'Deployment', 'owned', 'owned');
    await untilShown(scene, 'owned', 'owned', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'owned');
  });
});

describe('a StatefulSet with a partition', () => {
  it('is Blocked with new pods down to the partition, and Healthy when it is lowered', async () => {
    scene.createSecret('part');
    await createWorkload(scene.objects, 'StatefulSet', 'part', { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } });
    await untilRolledOut(scene.objects, 'StatefulSet', 'part');
    await createRestarting(scene, 'part', [{ kind: 'StatefulSet', name: 'part' }]);
    await untilShown(scene, 'part', 'part', { state: 'Current' });
    scene.rotate('part');
    await untilShown(scene, 'part', 'part', { phase: 'Blocked', reason: 'RolloutPartitioned' });
    await scene.objects.patch('statefulsets', 'part', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await untilShown(scene, 'part', 'part', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'part');
  });
});

describe('a workload that is deleted while it rolls', () => {
  it('gives its place to the next one and leaves the status', async () => {
    await setUp('gone', ['gone-a', 'gone-b'], { maxConcurrent: 1 });
    const slow = ['gone-a', 'gone-b'].map((app) => pods.readier.set({ labels: { app }, onlyNew: true }, { state: 'untouched' }));
    scene.rotate('gone');
    const first = await waitUntil('one of them rolls', async () =>
      shownRestarts(await scene.objects.get('externalsecrets', 'gone')).find(({ phase }) => phase === 'Rolling'),
    );
    const second = first.name === 'gone-a' ? 'gone-b' : 'gone-a';
    await untilShown(scene, 'gone', second, { phase: 'Pending', reason: 'AwaitingSlot' });
    await scene.objects.delete('deployments', first.name);
    for (const one of slow) one[Symbol.dispose]();
    await untilMarked(scene.objects, 'Deployment', second, 'gone');
    await untilShown(scene, 'gone', second, { phase: 'Healthy' });
    expect(shownRestarts(await scene.objects.get('externalsecrets', 'gone')).map(({ name }) => name)).toEqual([second]);
    await scene.objects.delete('externalsecrets', 'gone');
  });
});
