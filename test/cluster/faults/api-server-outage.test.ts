// The API server is not available for a while: the operator continues to run, and does the missed work afterwards.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startStandardControlPlane } from '../../support/control-plane/shared.ts';
import type { ControlPlane } from '../../support/control-plane/start.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, deployment } from '../../support/operator/restarts.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { createWorkload, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

/** So many lists and watches fail in some twenty seconds; the delays between them grow. */
const FAILURES = 12;

let controlPlane: ControlPlane;
let scene: Scene;

// One of its own: the others' must not go away.
beforeAll(async () => {
  controlPlane = await startStandardControlPlane();
  scene = await openScene('outage', { controlPlane });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('an outage of the API server', () => {
  it('is lived through, and what AWS and people changed is applied after it, once', async () => {
    for (const name of ['rotated', 'calm']) {
      scene.createSecret(name);
      await createWorkload(scene.objects, 'Deployment', name);
      await createRestarting(scene, name, [deployment(name)]);
      await scene.objects.untilReason(name, 'SecretSynced');
    }
    await controlPlane.stopApiServer();
    const value = scene.rotate('rotated');
    const failures = (): Promise<number> => scene.operator.metricTotal('keytender_watch_restarts_total');
    const before = await failures();
    await waitUntil('watches have failed again and again', async () => (await failures()) - before >= FAILURES, { timeoutMs: 60_000 });
    expect(scene.operator.running).toBe(true);
    expect((await fetch(`${scene.operator.probeUrl}/livez`)).status).toBe(200);
    await controlPlane.startApiServer();

    await scene.objects.untilValues('rotated', { password: value }, 60_000);
    await untilMarked(scene.objects, 'Deployment', 'rotated', 'rotated', 60_000);
    await scene.objects.untilReason('rotated', 'SecretSynced');
    const generations = ['rotated', 'calm'].map(async (name) => (await scene.objects.get('deployments', name))?.metadata.generation);
    expect(await Promise.all(generations)).toEqual([2, 1]);

    // Watches come back after delays that have grown meanwhile.
    const fresh = scene.createSecret('fresh');
    await scene.objects.externalSecret('fresh', { data: [{ secretKey: 'password', remoteRef: { key: 'fresh' } }] });
    await scene.objects.untilValues('fresh', { password: fresh }, 60_000);
    await scene.objects.untilReason('fresh', 'SecretSynced');
    await waitUntil('the status of the rotated one speaks of it', async () => {
      const { status } = await scene.objects.untilReason('rotated', 'SecretSynced');
      return JSON.stringify(status?.['restarts']).includes('Restarted');
    });
    expect(await writesAtRest(scene, 2)).toEqual([]);
    expect(scene.operators).toHaveLength(1);
    expect(scene.operator.running).toBe(true);
    expect(scene.operator.logLines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
