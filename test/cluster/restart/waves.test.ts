// Waves: who goes first, what holds the others back, and what lets them go on.
import { describe, expect, it, jest } from '@jest/globals';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, restartedOf, untilRestarted, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { type SceneWithPods, useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(120_000);

let pods: SceneWithPods;
let scene: Scene;

useSceneWithPods('waves', (opened) => {
  pods = opened;
  ({ scene } = opened);
});

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

const waves = [{ name: 'canary', selector: { matchLabels: { wave: 'canary' } } }];

/** One canary and two others that use the Secret, all known to the ExternalSecret. */
async function setUp(
  name: string,
  { canary = {}, restart = {} }: { readonly canary?: object; readonly restart?: object } = {},
): Promise<void> {
  scene.createSecret(name);
  await createConsumer(scene.objects, `${name}-canary`, { container: envFrom(name), labels: { wave: 'canary' }, ...canary });
  for (const other of ['a', 'b']) await createConsumer(scene.objects, `${name}-${other}`, { container: envFrom(name) });
  for (const other of ['canary', 'a', 'b']) await untilRolledOut(scene.objects, 'Deployment', `${name}-${other}`);
  await createRestarting(scene, name, [], { restart: { mode: 'Discover', settle: '0', waves, ...restart } });
  for (const other of ['canary', 'a', 'b']) await untilShown(scene, name, `${name}-${other}`, { state: 'Current' });
}

const newPodsOf = (name: string) => ({ namespace: scene.namespace, labels: { app: name }, onlyNew: true });

describe('a canary whose new pods crash', () => {
  it('holds the rest, the status names pod and reason but no text of the container, and the rest goes on when it is mended', async () => {
    await setUp('crash', { restart: { timeout: '3s' } });
    const terminationMessage = `the password is ${scene.canaries.plant('termination')}`;
    const crash = pods.readier.set(newPodsOf('crash-canary'), { state: 'crash-loop', terminationMessage });
    scene.rotate('crash');
    // Of a pod that does not crash yet, it is said later.
    await waitUntil('the pod and its reason are told', async () => {
      const { message = '' } = await untilShown(scene, 'crash', 'crash-canary', { phase: 'Failed', reason: 'RolloutFailed' });
      return /pod "crash-canary-[^"]+": container "app" CrashLoopBackOff \(ended with Error, exit code 1\)/.test(message);
    });
    const object = await untilRestarted(scene, 'crash', 'RolloutsHalted');
    expect(restartedOf(object)?.message).toMatch(/Deployment "crash-canary"/);
    for (const name of ['crash-a', 'crash-b']) await untilShown(scene, 'crash', name, { phase: 'Pending', reason: 'RolloutsHalted' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect([await generationOf('crash-a'), await generationOf('crash-b')]).toEqual([1, 1]);
    crash[Symbol.dispose]();
    for (const name of ['crash-a', 'crash-b']) await untilMarked(scene.objects, 'Deployment', name, 'crash');
    await untilRestarted(scene, 'crash', 'RestartsDone');
    for (const name of ['canary', 'a', 'b']) await untilShown(scene, 'crash', `crash-${name}`, { phase: 'Healthy' });
    expect(await Promise.all(['canary', 'a', 'b'].map((name) => generationOf(`crash-${name}`)))).toEqual([2, 2, 2]);
    await scene.objects.delete('externalsecrets', 'crash');
  });

  it('whose image cannot be pulled is told as such, and new content begins the waves anew', async () => {
    await setUp('pull', { restart: { timeout: '3s' } });
    const broken = pods.readier.set(newPodsOf('pull-canary'), { state: 'image-pull' });
    scene.rotate('pull');
    await waitUntil('the reason is told', async () => {
      const { message = '' } = await untilShown(scene, 'pull', 'pull-canary', { phase: 'Failed' });
      return message.includes('ImagePullBackOff');
    });
    await untilShown(scene, 'pull', 'pull-a', { phase: 'Pending', reason: 'RolloutsHalted' });
    await scene.objects.untilValues('pull', { password: scene.rotate('pull') });
    await untilMarked(scene.objects, 'Deployment', 'pull-canary', 'pull');
    broken[Symbol.dispose]();
    for (const name of ['canary', 'a', 'b']) await untilMarked(scene.objects, 'Deployment', `pull-${name}`, 'pull');
    await untilRestarted(scene, 'pull', 'RestartsDone');
    // Those that were held go straight to the newest content.
    expect([await generationOf('pull-a'), await generationOf('pull-b')]).toEqual([2, 2]);
    await scene.objects.delete('externalsecrets', 'pull');
  });
});

describe('a wave that proves nothing', () => {
  it('holds the next one as NoHealthyCanary until it has a pod', async () => {
    await setUp('empty', { canary: { spec: { replicas: 0 } } });
    scene.rotate('empty');
    await untilMarked(scene.objects, 'Deployment', 'empty-canary', 'empty');
    await untilRestarted(scene, 'empty', 'NoHealthyCanary');
    for (const name of ['empty-a', 'empty-b']) await untilShown(scene, 'empty', name, { phase: 'Pending', reason: 'NoHealthyCanary' });
    expect([await generationOf('empty-a'), await generationOf('empty-b')]).toEqual([1, 1]);
    await scene.objects.patch('deployments', 'empty-canary', { spec: { replicas: 1 } });
    for (const name of ['empty-a', 'empty-b']) await untilMarked(scene.objects, 'Deployment', name, 'empty');
    await scene.objects.delete('externalsecrets', 'empty');
  });
});

describe('a canary whose template somebody else changes during its rollout', () => {
  it('is not blamed for pods of that change, and proves nothing before they are healthy', async () => {
    await setUp('image', { restart: { timeout: '3s' } });
    const broken = pods.readier.set(newPodsOf('image-canary'), { state: 'image-pull' });
    scene.rotate('image');
    await untilMarked(scene.objects, 'Deployment', 'image-canary', 'image');
    const containers = [{ name: 'app', image: 'app:2', ...envFrom('image') }];
    await scene.objects.patch('deployments', 'image-canary', { spec: { template: { spec: { containers } } } });
    await untilShown(scene, 'image', 'image-canary', { phase: 'Current', reason: 'Superseded' });
    await untilShown(scene, 'image', 'image-a', { phase: 'Pending', reason: 'NoHealthyCanary' });
    broken[Symbol.dispose]();
    for (const name of ['image-a', 'image-b']) await untilMarked(scene.objects, 'Deployment', name, 'image');
    await untilShown(scene, 'image', 'image-canary', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'image');
  });
});

describe('a workload that was not healthy before', () => {
  it('is rolled at once, before the canary is done, and is not blamed', async () => {
    await setUp('ill');
    using _ = pods.readier.set({ namespace: scene.namespace, labels: { app: 'ill-b' } }, { state: 'crash-loop' });
    await waitUntil(
      'it is not available',
      async () => (await scene.objects.get('deployments', 'ill-b'))?.status?.['availableReplicas'] === undefined,
    );
    const slow = pods.readier.set(newPodsOf('ill-canary'), { state: 'untouched' });
    scene.rotate('ill');
    await untilMarked(scene.objects, 'Deployment', 'ill-b', 'ill');
    await untilShown(scene, 'ill', 'ill-a', { phase: 'Pending', reason: 'AwaitingWave' });
    expect(await generationOf('ill-a')).toBe(1);
    slow[Symbol.dispose]();
    await untilMarked(scene.objects, 'Deployment', 'ill-a', 'ill');
    await untilShown(scene, 'ill', 'ill-a', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'ill');
  });
});
