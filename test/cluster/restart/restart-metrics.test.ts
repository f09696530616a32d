// What metrics say of restarts: the time from a change until all workloads are healthy, once for each change, and the workloads by phase.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { createRestarting } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { createWorkload, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

useSceneWithPods('restart-metrics', (opened) => ({ scene } = opened), { node: true });

const MEASURED = 'keytender_restart_duration_seconds_count';

async function untilHealthy(sequence: number): Promise<void> {
  await waitUntil(`the workload is healthy with content ${sequence}`, async () => {
    const status = (await scene.objects.get('externalsecrets', 'measured'))?.status;
    const rows = (status?.['restarts'] ?? []) as readonly { readonly phase?: string; readonly content?: string }[];
    return (
      status?.['contentSequence'] === sequence && rows.every(({ phase, content }) => phase === 'Healthy' && content === status['content'])
    );
  });
}

const metric = async (name: string): Promise<number> => scene.operator.metric(name);

describe('the metrics of restarts', () => {
  it('measure each change once, with all workloads healthy', async () => {
    scene.createSecret('measured');
    for (const name of ['measured-a', 'measured-b']) {
      await createWorkload(scene.objects, 'Deployment', name);
      await untilRolledOut(scene.objects, 'Deployment', name);
    }
    const targets = ['measured-a', 'measured-b'].map((name) => ({ kind: 'Deployment', name }) as const);
    await createRestarting(scene, 'measured', targets);
    await scene.objects.untilReason('measured', 'SecretSynced');
    await writesDuringRefreshes(scene, 1);
    expect(await metric(MEASURED)).toBe(0);
    for (const sequence of [2, 3]) {
      scene.rotate('measured');
      await untilHealthy(sequence);
      await writesDuringRefreshes(scene, 1);
      expect(await metric(MEASURED)).toBe(sequence - 1);
    }
    expect(await metric('keytender_restart_workloads{phase="Healthy",reason=""}')).toBe(2);
    expect(await metric('keytender_restart_ledger_loaded')).toBe(1);
    expect(await metric('keytender_restart_oldest_waiting_seconds')).toBe(0);
  });

  it('measure no change again after a new start', async () => {
    await scene.operator.kill();
    await scene.startOperator();
    await writesDuringRefreshes(scene, 2);
    await waitUntil('both are known', async () => (await metric('keytender_restart_workloads{phase="Healthy",reason=""}')) === 2);
    expect(await metric(MEASURED)).toBe(0);
    scene.rotate('measured');
    await untilHealthy(4);
    expect(await metric(MEASURED)).toBe(1);
  });

  it('say why workloads wait', async () => {
    await scene.objects.patch('externalsecrets', 'measured', { spec: { restart: { suspend: true } } });
    scene.rotate('measured');
    const waiting = 'keytender_restart_workloads{phase="Pending",reason="RestartsSuspended"}';
    await waitUntil('both wait', async () => (await scene.operator.metrics()).includes(`${waiting} 2`));
    await scene.objects.delete('externalsecrets', 'measured');
  });
});
