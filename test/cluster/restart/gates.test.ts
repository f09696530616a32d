// When restarts may begin: windows, suspension, dry runs, intervals, places.
import { describe, expect, it, jest } from '@jest/globals';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, untilRestarted, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

useSceneWithPods('gates', (opened) => ({ scene } = opened));

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

/** A Deployment that uses the Secret, known to the ExternalSecret with this policy. */
async function setUp(name: string, restart: object): Promise<void> {
  scene.createSecret(name);
  await createConsumer(scene.objects, name, { container: envFrom(name) });
  await createRestarting(scene, name, [], { restart: { mode: 'Discover', settle: '0', ...restart } });
  await untilShown(scene, name, name, { state: 'Current' });
}

async function change(name: string, restart: object): Promise<void> {
  await scene.objects.patch('externalsecrets', name, { spec: { restart } });
}

/** Two windows an hour that overlap: one of them is open at any time. */
const ALWAYS = ['0 * * * *', '30 * * * *'].map((cron) => ({ cron, duration: '40m' }));

describe('windows', () => {
  it('hold a restart and show the next opening; it begins in a window that is open', async () => {
    const { hour, opens } = openingIn(new Date(), 3);
    await setUp('window', { windows: [{ cron: `0 ${hour} * * *`, duration: '5m' }] });
    scene.rotate('window');
    const shown = await untilShown(scene, 'window', 'window', { phase: 'Pending', reason: 'AwaitingWindow' });
    expect([shown.nextStep, shown.nextStepTime]).toEqual(['restart', opens]);
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('window')).toBe(1);
    await change('window', { windows: ALWAYS });
    await untilMarked(scene.objects, 'Deployment', 'window', 'window');
    await untilShown(scene, 'window', 'window', { phase: 'Healthy' });
    expect(await generationOf('window')).toBe(2);
    await scene.objects.delete('externalsecrets', 'window');
  });
});

/** The full hour so many hours from now. */
function openingIn(now: Date, hours: number): { readonly hour: number; readonly opens: string } {
  const opens = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), now.getUTCHours() + hours));
  return { hour: opens.getUTCHours(), opens: opens.toISOString() };
}

describe('suspend', () => {
  it('holds restarts without losing one: two changes are one restart when it ends', async () => {
    await setUp('suspended', { suspend: true });
    for (const _ of [1, 2]) await scene.objects.untilValues('suspended', { password: scene.rotate('suspended') });
    await untilShown(scene, 'suspended', 'suspended', { phase: 'Pending', reason: 'RestartsSuspended' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('suspended')).toBe(1);
    await change('suspended', { suspend: false });
    await untilMarked(scene.objects, 'Deployment', 'suspended', 'suspended');
    await untilRestarted(scene, 'suspended', 'RestartsDone');
    expect(await generationOf('suspended')).toBe(2);
    await scene.objects.delete('externalsecrets', 'suspended');
  });
});

describe('dryRun', () => {
  it('restarts nothing and shows the order of what would be restarted', async () => {
    const waves = [{ name: 'second', selector: { matchLabels: { app: 'none' } } }, { name: 'rest' }];
    scene.createSecret('dry');
    for (const name of ['dry-a', 'dry-b']) await createConsumer(scene.objects, name, { container: envFrom('dry') });
    await createRestarting(scene, 'dry', [], { restart: { mode: 'Discover', settle: '0', dryRun: true, waves } });
    for (const name of ['dry-a', 'dry-b']) await untilShown(scene, 'dry', name, { state: 'Current' });
    scene.rotate('dry');
    await untilShown(scene, 'dry', 'dry-a', { reason: 'RestartsDryRun', nextStep: 'restart in wave rest, number 1 in the order' });
    await untilShown(scene, 'dry', 'dry-b', { reason: 'RestartsDryRun', nextStep: 'restart in wave rest, number 2 in the order' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect([await generationOf('dry-a'), await generationOf('dry-b')]).toEqual([1, 1]);
    await scene.objects.delete('externalsecrets', 'dry');
  });
});

describe('minInterval', () => {
  it('puts off the next restart of a workload and shows when it comes; what changes meanwhile is one restart', async () => {
    await setUp('interval', { minInterval: '15s' });
    scene.rotate('interval');
    const first = await untilShown(scene, 'interval', 'interval', { phase: 'Healthy' });
    for (const _ of [1, 2]) await scene.objects.untilValues('interval', { password: scene.rotate('interval') });
    const shown = await untilShown(scene, 'interval', 'interval', { phase: 'Pending', reason: 'AwaitingInterval' });
    expect(Date.parse(shown.nextStepTime ?? '')).toBe(Date.parse(first.restartedAt ?? '') + 15_000);
    expect(await generationOf('interval')).toBe(2);
    const rolled = await untilMarked(scene.objects, 'Deployment', 'interval', 'interval');
    expect(rolled.metadata.generation).toBe(3);
    await scene.objects.delete('externalsecrets', 'interval');
  });
});

describe('the annotation restart-now', () => {
  it('restarts once for each new value, past the windows', async () => {
    const { hour } = openingIn(new Date(), 3);
    await setUp('now', { windows: [{ cron: `0 ${hour} * * *`, duration: '5m' }] });
    scene.rotate('now');
    await untilShown(scene, 'now', 'now', { phase: 'Pending', reason: 'AwaitingWindow' });
    await scene.objects.patch('deployments', 'now', { metadata: { annotations: { 'workload.keytender.dev/restart-now': '1' } } });
    await untilMarked(scene.objects, 'Deployment', 'now', 'now');
    await untilShown(scene, 'now', 'now', { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    // An annotation of a Deployment makes a generation too.
    const { metadata } = await untilRolledOut(scene.objects, 'Deployment', 'now');
    expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    await scene.objects.delete('externalsecrets', 'now');
  });
});
