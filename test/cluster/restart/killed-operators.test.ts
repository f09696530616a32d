// Operators that are killed between the steps of a restart, and leaders that change: each workload is restarted, and none twice.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { followObjects } from '../../support/operator/history.ts';
import { followPodReads } from '../../support/operator/pod-reads.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, markersOf, markerTextsOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

let scene: Scene;

useSceneWithPods('killed', (opened) => ({ scene } = opened));

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

async function setUp(name: string, workloads: readonly string[] = [name], restart: object = {}): Promise<void> {
  scene.createSecret(name);
  for (const workload of workloads) await createConsumer(scene.objects, workload, { container: envFrom(name) });
  await createRestarting(scene, name, [], { restart: { mode: 'Discover', settle: '0', ...restart } });
  for (const workload of workloads) await untilShown(scene, name, workload, { state: 'Current' });
}

async function untilAllHealthy(name: string, workloads: readonly string[]): Promise<void> {
  for (const workload of workloads) await untilMarked(scene.objects, 'Deployment', workload, name);
  for (const workload of workloads) await untilShown(scene, name, workload, { phase: 'Healthy' });
  expect(await writesAtRest(scene, 1)).toEqual([]);
}

describe('an operator that is killed', () => {
  it.each([
    { at: 'request', when: 'after the entry in the ledger, before the patch' },
    { at: 'response', when: 'after the patch, before it knows of it' },
  ] as const)('$when leaves one restart to the next one', async ({ at }) => {
    const name = `by-${at}`;
    await using reads = followPodReads(scene);
    await setUp(name);
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'deployments', name, at });
    scene.rotate(name);
    await hold.arrived;
    await scene.operator.kill();
    hold.release();
    await scene.startOperator();
    await untilAllHealthy(name, [name]);
    await reads.untilCurrent(name);
    expect(await generationOf(name)).toBe(2);
    await scene.objects.delete('externalsecrets', name);
  });

  it('in the middle of a wave goes on where it was', async () => {
    const workloads = ['wave-a', 'wave-b', 'wave-c', 'wave-d'];
    await using reads = followPodReads(scene);
    await setUp('wave', workloads, { maxConcurrent: 1 });
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'deployments', name: 'wave-c' });
    scene.rotate('wave');
    await hold.arrived;
    expect(await generationOf('wave-c')).toBe(1);
    await scene.operator.kill();
    hold.release();
    await scene.startOperator();
    await untilAllHealthy('wave', workloads);
    await reads.untilCurrent(...workloads);
    expect(await Promise.all(workloads.map(generationOf))).toEqual([2, 2, 2, 2]);
    await scene.objects.delete('externalsecrets', 'wave');
  });
});

describe('an operator whose watch of Secrets is frozen, beside one that works', () => {
  it('takes no newer marker back', async () => {
    await using reads = followPodReads(scene);
    await setUp('frozen');
    scene.rotate('frozen');
    await untilAllHealthy('frozen', ['frozen']);
    await using deployments = await followObjects(scene, 'deployments');
    const frozen = scene.proxy.inject({ verb: 'watch', resource: 'secrets', fault: { kind: 'only-bookmarks' } });
    scene.proxy.closeWatches({ resource: 'secrets' });
    await waitUntil('its watch is frozen', () => frozen.hits > 0);
    frozen.remove();
    // Two at a time: as when a leader has lost its Lease and does not know.
    const second = await scene.startOperator();
    for (const _ of [1, 2]) {
      const value = scene.rotate('frozen');
      await scene.objects.untilValues('frozen', { password: value });
      await untilMarked(scene.objects, 'Deployment', 'frozen', 'frozen');
    }
    await scene.objects.patch('deployments', 'frozen', { metadata: { labels: { another: 'round' } } });
    await untilShown(scene, 'frozen', 'frozen', { phase: 'Healthy' });
    await second.end();
    await deployments.untilCurrent('frozen');
    const sequences = deployments.of('frozen').map(({ object }) => Number(markerTextsOf(object)['frozen']?.split('.')[0] ?? 0));
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
    const content = contentOf(await scene.objects.get('secrets', 'frozen'));
    expect(markersOf(await scene.objects.get('deployments', 'frozen'))).toEqual({ frozen: content });
    await reads.untilCurrent('frozen');
    await scene.objects.delete('externalsecrets', 'frozen');
  });
});
