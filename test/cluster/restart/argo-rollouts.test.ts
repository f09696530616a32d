// Rollouts of Argo Rollouts, without its controller: the test reports in its place.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startStandardControlPlane } from '../../support/control-plane/shared.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createRolloutKind, reportHealthy, rolloutSpec } from '../../support/operator/argo-rollouts.ts';
import { envFrom } from '../../support/operator/consumers.ts';
import { createRestarting, untilShown } from '../../support/operator/restarts.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { contentOf, markersOf } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

let scene: Scene;

beforeAll(async () => {
  // Its own control plane: the kind comes while the operator runs, and no other test may see it.
  scene = await openScene('argo', { flags: ['--argo-rollouts=true'], controlPlane: await startStandardControlPlane() });
  await scene.createStore();
}, 900_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function rolloutHealthy(name: string, hash: string): Promise<void> {
  await reportHealthy(scene.controlPlane.api, scene.objects, scene.namespace, name, hash);
}

describe('a Rollout', () => {
  it('is found when its kind comes after the start of the operator, and rolled by its template', async () => {
    scene.createSecret('canary');
    await createRestarting(scene, 'canary', [], { restart: { mode: 'Discover', settle: '0' } });
    await scene.objects.untilReason('canary', 'SecretSynced');
    await createRolloutKind(scene.controlPlane.api);
    await scene.objects.create('rollouts', { metadata: { name: 'canary' }, spec: rolloutSpec('canary', envFrom('canary')) });
    await rolloutHealthy('canary', 'one');
    await untilShown(scene, 'canary', 'canary', { kind: 'Rollout', phase: 'Baseline' }, 90_000);
    scene.rotate('canary');
    await untilShown(scene, 'canary', 'canary', { phase: 'Rolling' });
    const rolled = await scene.objects.get('rollouts', 'canary');
    expect(markersOf(rolled)['canary']).toBe(contentOf(await scene.objects.get('secrets', 'canary')));
    expect(rolled?.spec).not.toHaveProperty('restartAt');
    await rolloutHealthy('canary', 'two');
    await untilShown(scene, 'canary', 'canary', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'canary');
  });

  it('with restart-strategy restart keeps its template, and is healthy when the controller says that it was restarted', async () => {
    scene.createSecret('restart-at');
    const annotations = { 'workload.keytender.dev/restart-strategy': 'restart' };
    await scene.objects.create('rollouts', {
      metadata: { name: 'restart-at', annotations },
      spec: rolloutSpec('restart-at', envFrom('restart-at')),
    });
    await rolloutHealthy('restart-at', 'one');
    await createRestarting(scene, 'restart-at', [], { restart: { mode: 'Discover', settle: '0' } });
    await untilShown(scene, 'restart-at', 'restart-at', { phase: 'Baseline' });
    scene.rotate('restart-at');
    await untilShown(scene, 'restart-at', 'restart-at', { phase: 'Rolling' });
    const restarted = await scene.objects.get('rollouts', 'restart-at');
    expect(markersOf(restarted)).toEqual({});
    expect(restarted?.metadata.annotations).toHaveProperty(['restart.keytender.dev/restart-at']);
    expect(restarted?.spec).toHaveProperty('restartAt');
    await rolloutHealthy('restart-at', 'one');
    await untilShown(scene, 'restart-at', 'restart-at', { phase: 'Healthy' });
    await scene.objects.delete('externalsecrets', 'restart-at');
  });

  it('that the operator may not patch is said to be refused, and restarted when the permission is there', async () => {
    scene.createSecret('both');
    await scene.objects.create('rollouts', { metadata: { name: 'both' }, spec: rolloutSpec('both', envFrom('both')) });
    await rolloutHealthy('both', 'one');
    await createRestarting(scene, 'both', [], { restart: { mode: 'Discover', settle: '0' } });
    await untilShown(scene, 'both', 'both', { phase: 'Baseline' });
    using refused = scene.proxy.inject({
      verb: 'patch',
      resource: 'rollouts',
      fault: { kind: 'status', code: 403, message: 'rollouts.argoproj.io is forbidden' },
    });
    scene.rotate('both');
    const shown = await untilShown(scene, 'both', 'both', { phase: 'Failed', reason: 'RestartFailed' });
    expect(shown.message).toContain('Rollout "both"');
    refused.remove();
    await waitUntil('it is restarted', async () => markersOf(await scene.objects.get('rollouts', 'both'))['both'] !== undefined);
    await scene.objects.delete('externalsecrets', 'both');
  });
});
