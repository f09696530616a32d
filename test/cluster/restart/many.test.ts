// Two hundred Deployments that use one Secret: never more than ten roll at the same time, and each does once.
import { expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { followObjects } from '../../support/operator/history.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { followPodReads } from '../../support/operator/pod-reads.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, markersOf } from '../../support/operator/workloads.ts';

jest.setTimeout(300_000);

const ALL = 200;
const AT_ONCE = 10;

let scene: Scene;

useSceneWithPods('many', (opened) => ({ scene } = opened));

interface Counts {
  readonly [phase: string]: number;
}

const countsOf = async (): Promise<Counts> =>
  ((await scene.objects.get('externalsecrets', 'many'))?.status?.['restartCounts'] ?? {}) as Counts;

function rolls({ metadata, status = {} }: AnyObject): boolean {
  if (metadata.generation === 1) return false;
  if (status.observedGeneration !== metadata.generation) return true;
  return ['replicas', 'updatedReplicas', 'availableReplicas'].some((count) => status[count] !== 1);
}

it('roll ten at a time, each once', async () => {
  scene.createSecret('many');
  await Promise.all(
    Array.from({ length: ALL }, (_, index) => createConsumer(scene.objects, `many-${index}`, { container: envFrom('many') })),
  );
  const isAvailable = ({ status }: AnyObject): boolean => status?.['availableReplicas'] === 1;
  await waitUntil('all are available', async () => (await scene.objects.list('deployments')).every(isAvailable), {
    timeoutMs: 120_000,
    pollMs: 1_000,
  });
  await createRestarting(scene, 'many', [], { restart: { mode: 'Discover', settle: '0', maxConcurrent: AT_ONCE } });
  await waitUntil('all are known', async () => (await countsOf())['baseline'] === ALL);
  await using reads = followPodReads(scene);
  await using deployments = await followObjects(scene, 'deployments');
  scene.rotate('many');
  await waitUntil('all are healthy', async () => (await countsOf())['healthy'] === ALL, { timeoutMs: 240_000, pollMs: 1_000 });
  expect(await writesAtRest(scene, 1)).toEqual([]);
  const content = contentOf(await scene.objects.get('secrets', 'many'));
  const all = await scene.objects.list('deployments');
  expect(all.filter(({ metadata }) => metadata.generation !== 2)).toEqual([]);
  expect(all.filter((one) => markersOf(one)['many'] !== content)).toEqual([]);
  await reads.untilCurrent(...all.map(({ metadata }) => metadata.name));
  expect(mostAtOnce(deployments.all())).toBe(AT_ONCE);
});

function mostAtOnce(states: readonly AnyObject[]): number {
  const rolling = new Set<string>();
  let most = 0;
  for (const state of states) {
    if (rolls(state)) rolling.add(state.metadata.name);
    else rolling.delete(state.metadata.name);
    most = Math.max(most, rolling.size);
  }
  return most;
}
