// Targets whose pods stay although their template is new, and an operator that reads no workloads: the status says what is so.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createRestarting, restartedOf, untilRestarted } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { createWorkload, type Kind, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

useSceneWithPods('held-back', (opened) => ({ scene } = opened));

async function createSynced(name: string, kind: Kind): Promise<void> {
  scene.createSecret(name);
  await createRestarting(scene, name, [{ kind, name }]);
  await scene.objects.untilReason(name, 'SecretSynced');
}

describe('a target that keeps its old pods because it was told to', () => {
  it('is Blocked while a Deployment is paused, and Restarted when it has been resumed', async () => {
    await createWorkload(scene.objects, 'Deployment', 'paused');
    await untilRolledOut(scene.objects, 'Deployment', 'paused');
    await createSynced('paused', 'Deployment');
    await scene.objects.patch('deployments', 'paused', { spec: { paused: true } });
    scene.rotate('paused');
    await untilMarked(scene.objects, 'Deployment', 'paused', 'paused');
    const blocked = await untilRestarted(scene, 'paused', 'RestartsBlocked');
    expect(restartedOf(blocked)).toMatchObject({ status: 'False', message: expect.stringContaining('Deployment "paused": it is paused') });
    expect(blocked.status?.['restarts']).toMatchObject([{ name: 'paused', state: 'Blocked', phase: 'Blocked', reason: 'RolloutPaused' }]);
    const note = 'Deployment "paused" keeps its old pods: it is paused; ';
    await waitUntil('an Event says that it keeps its pods', async () => {
      const all = await scene.objects.list('events');
      const events = all.filter(({ regarding }) => (regarding as { readonly name: string }).name === 'paused');
      expect(events.filter(({ reason }) => reason === 'Restarted')).toEqual([]);
      return events.some((event) => event['reason'] === 'RestartsBlocked' && String(event['note']).startsWith(note));
    });
    await scene.objects.patch('deployments', 'paused', { spec: { paused: false } });
    const done = await untilRestarted(scene, 'paused', 'RestartsDone');
    expect(done.status?.['restarts']).toMatchObject([{ name: 'paused', state: 'Restarted' }]);
  });

  it('is Blocked while a StatefulSet with OnDelete has a pod of before, and Restarted when somebody has deleted it', async () => {
    await createWorkload(scene.objects, 'StatefulSet', 'on-delete', { updateStrategy: { type: 'OnDelete' } });
    await untilObject(scene, 'statefulsets', 'on-delete', ({ status }) => status?.['readyReplicas'] === 1);
    await createSynced('on-delete', 'StatefulSet');
    scene.rotate('on-delete');
    await untilMarked(scene.objects, 'StatefulSet', 'on-delete', 'on-delete');
    expect(restartedOf(await untilRestarted(scene, 'on-delete', 'RestartsBlocked'))?.message).toContain('OnDelete');
    await scene.objects.delete('pods', 'on-delete-0');
    await untilRestarted(scene, 'on-delete', 'RestartsDone');
  });
});

describe('an operator with --restart=false', () => {
  it('calls targets unknown, whether they exist or not', async () => {
    await scene.operator.end();
    await scene.startOperator(['--restart=false']);
    await createWorkload(scene.objects, 'Deployment', 'unlisted');
    await createSynced('unlisted', 'Deployment');
    const object = await untilRestarted(scene, 'unlisted', 'RestartsDisabled');
    expect(restartedOf(object)).toMatchObject({ status: 'Unknown' });
    expect(object.status?.['restarts']).toMatchObject([{ name: 'unlisted', state: 'Unknown' }]);
  });
});
