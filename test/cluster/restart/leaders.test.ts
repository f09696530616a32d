// A new leader in the middle of a wave: what rolls is counted, nobody is restarted twice, and the rest goes on.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { followObjects } from '../../support/operator/history.ts';
import { createRestarting, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { type SceneWithPods, useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

const FLAGS = [
  '--leader-elect',
  '--leader-elect-lease-duration=4s',
  '--leader-elect-renew-deadline=3s',
  '--leader-elect-retry-period=500ms',
];

let pods: SceneWithPods;
let scene: Scene;

useSceneWithPods(
  'leaders',
  (opened) => {
    pods = opened;
    ({ scene } = opened);
  },
  { flags: FLAGS },
);

describe('a leader that is killed while two of four workloads roll', () => {
  it('is followed by one that lets them finish before it goes on', async () => {
    const workloads = ['led-a', 'led-b', 'led-c', 'led-d'];
    scene.createSecret('led');
    for (const name of workloads) await createConsumer(scene.objects, name, { container: envFrom('led') });
    await createRestarting(scene, 'led', [], { restart: { mode: 'Discover', settle: '0', maxConcurrent: 2 } });
    for (const name of workloads) await untilShown(scene, 'led', name, { phase: 'Baseline' });
    const slow = pods.readier.set({ namespace: scene.namespace, onlyNew: true }, { state: 'untouched' });
    const first = scene.operator;
    const second = await scene.startOperator();
    scene.rotate('led');
    const marked = async (): Promise<readonly string[]> =>
      (await scene.objects.list('deployments')).filter((one) => markersOf(one)['led'] !== undefined).map(({ metadata }) => metadata.name);
    await waitUntil('two roll', async () => (await marked()).length === 2);
    const rolling = await marked();
    await first.kill();
    await waitUntil('the second leads', () => second.logLines().some(({ msg }) => msg === 'started leading'));
    const waiting = workloads.filter((name) => !rolling.includes(name));
    // Its own status shows that it has looked at all of them.
    for (const name of waiting) await untilShown(scene, 'led', name, { phase: 'Pending', reason: 'AwaitingSlot' });
    await waitUntil('it has written the status', () =>
      second.logLines().some(({ msg }) => msg === 'externalsecret state changed' || msg === 'started leading'),
    );
    expect(await marked()).toEqual(rolling);
    await using deployments = await followObjects(scene, 'deployments');
    slow[Symbol.dispose]();
    for (const name of workloads) await untilMarked(scene.objects, 'Deployment', name, 'led');
    for (const name of workloads) await untilShown(scene, 'led', name, { phase: 'Healthy' });
    for (const name of workloads) await deployments.untilCurrent(name);
    for (const name of workloads) expect((await scene.objects.get('deployments', name))?.metadata.generation).toBe(2);
    await scene.objects.delete('externalsecrets', 'led');
  });
});
