// Several changes and their restarts: together where they come together, and none is lost.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { followPodReads } from '../../support/operator/pod-reads.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { createRestarting, shownRestarts, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { forceSync } from '../../support/operator/waits.ts';
import { contentOf, markersOf, markerTextsOf, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(150_000);

let scene: Scene;

useSceneWithPods('coalescing', (opened) => ({ scene } = opened));

const discover = (settle: string) => ({ restart: { mode: 'Discover', settle } });

async function createDiscovering(name: string, settle: string): Promise<void> {
  scene.createSecret(name);
  await createRestarting(scene, name, [], discover(settle));
}

describe('a Deployment that uses three Secrets', () => {
  it('is rolled once when all of them change within a second, and has the markers of all', async () => {
    await using reads = followPodReads(scene);
    const secrets = ['three-a', 'three-b', 'three-c'];
    await createConsumer(scene.objects, 'three', { container: envFrom(...secrets) });
    for (const name of secrets) await createDiscovering(name, '5s');
    for (const name of secrets) await untilShown(scene, name, 'three', { state: 'Current' });
    for (const name of secrets) scene.rotate(name);
    for (const name of secrets) await untilMarked(scene.objects, 'Deployment', 'three', name);
    for (const name of secrets) await untilShown(scene, name, 'three', { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const { metadata } = await untilRolledOut(scene.objects, 'Deployment', 'three');
    await reads.untilCurrent('three');
    expect(metadata.generation).toBe(2);
    for (const name of secrets) await scene.objects.delete('externalsecrets', name);
  });
});

describe('two rotations within a second', () => {
  it('both arrive (a marker is no time, as in a patch of whole seconds that changes nothing)', async () => {
    await using reads = followPodReads(scene);
    await createConsumer(scene.objects, 'twice', { container: envFrom('twice') });
    await createDiscovering('twice', '0');
    await untilShown(scene, 'twice', 'twice', { state: 'Current' });
    for (const round of ['first', 'second']) {
      const value = scene.rotate('twice');
      await forceSync(scene, 'twice', round);
      await scene.objects.untilValues('twice', { password: value });
    }
    const rolled = await untilMarked(scene.objects, 'Deployment', 'twice', 'twice');
    expect(markerTextsOf(rolled)['twice']).toMatch(/^3\./);
    const { restartedAt = '' } = await untilShown(scene, 'twice', 'twice', { phase: 'Healthy' });
    const changedAt = (await scene.objects.untilReason('twice', 'SecretSynced')).status?.['lastChangeTime'] as string;
    // kubelet may serve the former value for two seconds.
    expect(Date.parse(restartedAt) - Date.parse(changedAt)).toBeGreaterThanOrEqual(2_000);
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const content = contentOf(await scene.objects.get('secrets', 'twice'));
    expect(markersOf(await scene.objects.get('deployments', 'twice'))).toEqual({ twice: content });
    await reads.untilCurrent('twice');
    await scene.objects.delete('externalsecrets', 'twice');
  });
});

describe('fifty Secrets that change in one second', () => {
  it('roll each of the workloads that share them once', async () => {
    await using reads = followPodReads(scene);
    const secrets = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    const workloads = Array.from({ length: 10 }, (_, index) => `shares-${index}`);
    for (const [index, name] of workloads.entries()) {
      // Each Secret has two consumers.
      const own = Array.from({ length: 10 }, (_, offset) => secrets[(index * 5 + offset) % secrets.length] ?? '');
      await createConsumer(scene.objects, name, { container: envFrom(...own) });
    }
    for (const name of secrets) await createDiscovering(name, '10s');
    const isKnown = async (): Promise<boolean> => {
      const objects = (await scene.objects.list('externalsecrets')).filter(({ metadata }) => secrets.includes(metadata.name));
      return objects.length === 50 && objects.every(({ status }) => (status?.['restarts'] as readonly unknown[] | undefined)?.length === 2);
    };
    await waitUntil('all ExternalSecrets know their workloads', isKnown, { timeoutMs: 60_000 });
    for (const name of secrets) scene.rotate(name);
    for (const [index, name] of secrets.entries()) {
      await untilMarked(scene.objects, 'Deployment', workloads[Math.floor(index / 5)] ?? '', name, 60_000);
    }
    for (const name of workloads) await untilRolledOut(scene.objects, 'Deployment', name);
    const areHealthy = async (): Promise<boolean> => (await scene.objects.list('externalsecrets')).every(isAllHealthy);
    await waitUntil('all ExternalSecrets say so', areHealthy, { timeoutMs: 60_000 });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    await reads.untilCurrent(...workloads);
    const all = await Promise.all(workloads.map(async (name) => scene.objects.get('deployments', name)));
    expect(all.map((one) => one?.metadata.generation)).toEqual(workloads.map(() => 2));
    expect(all.map((one) => Object.keys(markersOf(one)).length)).toEqual(workloads.map(() => 10));
  });
});

function isAllHealthy(object: AnyObject): boolean {
  return shownRestarts(object).every(({ phase }) => phase === 'Healthy');
}
