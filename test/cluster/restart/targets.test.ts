// Targets that are missing, refused, changed by others or shared: what the status says, and that nothing is fought or repeated.
import { describe, expect, it, jest } from '@jest/globals';
import { followObjects } from '../../support/operator/history.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, deployment, restartedOf, untilRestarted } from '../../support/operator/restarts.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { type SceneWithPods, useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, createWorkload, markersOf, secondsAfter, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let pods: SceneWithPods;
let scene: Scene;

useSceneWithPods('targets', (opened) => {
  pods = opened;
  ({ scene } = opened);
});

async function createSynced(name: string, targets: readonly string[] = [name], source = name): Promise<void> {
  await createRestarting(scene, name, targets.map(deployment), { secret: source });
  await scene.objects.untilReason(name, 'SecretSynced');
}

async function deployed(name: string): Promise<void> {
  await createWorkload(scene.objects, 'Deployment', name);
  await untilRolledOut(scene.objects, 'Deployment', name);
}

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

const stateOf = (object: AnyObject | undefined, name: string): unknown =>
  (object?.status?.['restarts'] as readonly { readonly name: string; readonly state: string }[] | undefined)?.find(
    (one) => one.name === name,
  )?.state;

async function undo(name: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await scene.controlPlane.kubectl(['rollout', 'undo', `deployment/${name}`, '-n', scene.namespace, ...args]);
  if (code !== 0) throw new Error(stderr);
}

async function removeMarkers(name: string, signal: AbortSignal): Promise<void> {
  const key = `restart.keytender.dev/${name}`;
  while (!signal.aborted) {
    const marked = await waitUntil(
      'marked or over',
      async () => signal.aborted || markersOf(await scene.objects.get('deployments', name))[name] !== undefined,
    );
    if (marked && !signal.aborted) {
      await scene.objects.patch('deployments', name, { spec: { template: { metadata: { annotations: { [key]: null } } } } });
    }
  }
}

describe('a target that does not exist', () => {
  it('is told, leaves Ready as it is, keeps nobody else from being restarted, and is seen when it comes', async () => {
    scene.createSecret('missing');
    await deployed('present');
    await createSynced('missing', ['missing', 'present']);
    await waitUntil(
      'the other target was looked at',
      async () => stateOf(await scene.objects.get('externalsecrets', 'missing'), 'present') !== undefined,
    );
    const object = await untilRestarted(scene, 'missing', 'RestartTargetNotFound');
    expect(restartedOf(object)).toMatchObject({ status: 'False', message: expect.stringContaining('Deployment "missing" does not exist') });
    expect([stateOf(object, 'missing'), stateOf(object, 'present')]).toEqual(['Failed', 'Current']);
    expect(await writesAtRest(scene, 1)).toEqual([]);

    scene.rotate('missing');
    await untilMarked(scene.objects, 'Deployment', 'present', 'missing');
    expect(restartedOf(await scene.objects.untilReason('missing', 'SecretSynced'))?.status).toBe('False');

    await createWorkload(scene.objects, 'Deployment', 'missing');
    const healed = await untilRestarted(scene, 'missing', 'RestartsDone');
    expect(['Current', 'Restarted']).toContain(stateOf(healed, 'missing'));
    await scene.objects.delete('externalsecrets', 'missing');
  });
});

describe('a target that RBAC does not let the operator patch', () => {
  it('is RestartFailed with the permission that is missing, while others are restarted, and heals when it is granted', async () => {
    scene.createSecret('forbidden');
    await deployed('forbidden');
    await deployed('allowed');
    await createSynced('forbidden', ['forbidden', 'allowed']);
    const message = 'deployments.apps "forbidden" is forbidden: User "operator" cannot patch resource "deployments" in API group "apps"';
    const fault = scene.proxy.inject({
      verb: 'patch',
      resource: 'deployments',
      name: 'forbidden',
      fault: { kind: 'status', code: 403, message },
    });
    scene.rotate('forbidden');
    await untilMarked(scene.objects, 'Deployment', 'allowed', 'forbidden');
    const object = await untilRestarted(scene, 'forbidden', 'RestartFailed');
    expect(restartedOf(object)?.message).toMatch(/Deployment "forbidden".*"patch" on "deployments\.apps"/);
    expect([stateOf(object, 'forbidden'), stateOf(object, 'allowed')]).toEqual(['Failed', 'Restarted']);
    expect((await scene.objects.untilReason('forbidden', 'SecretSynced')).metadata.name).toBe('forbidden');
    fault.remove();
    await untilMarked(scene.objects, 'Deployment', 'forbidden', 'forbidden');
    await untilRestarted(scene, 'forbidden', 'RestartsDone');
    expect([await generationOf('forbidden'), await generationOf('allowed')]).toEqual([2, 2]);
    await scene.objects.delete('externalsecrets', 'forbidden');
  });
});

describe('kubectl rollout undo', () => {
  it('to a former marker leads to exactly one more roll; to no marker to none, since the new pods have the present content', async () => {
    scene.createSecret('undo');
    await deployed('undo');
    await createSynced('undo');
    for (const generation of [2, 3]) {
      scene.rotate('undo');
      await waitUntil('it is rolled', async () => (await generationOf('undo')) === generation);
      await untilMarked(scene.objects, 'Deployment', 'undo', 'undo');
      await untilRolledOut(scene.objects, 'Deployment', 'undo');
    }
    await undo('undo');
    await waitUntil('undone and rolled again', async () => (await generationOf('undo')) === 5);
    await untilMarked(scene.objects, 'Deployment', 'undo', 'undo');
    await untilRolledOut(scene.objects, 'Deployment', 'undo');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('undo')).toBe(5);

    const { status } = await scene.objects.untilReason('undo', 'SecretSynced');
    await secondsAfter(Date.parse(status?.['lastChangeTime'] as string), 12);
    await scene.objects.patch('deployments', 'undo', { spec: { template: { metadata: { annotations: { roll: 'young-pods' } } } } });
    await untilRolledOut(scene.objects, 'Deployment', 'undo');
    await undo('undo', '--to-revision=1');
    await untilRolledOut(scene.objects, 'Deployment', 'undo');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const undone = await scene.objects.get('deployments', 'undo');
    expect([undone?.metadata.generation, markersOf(undone)]).toEqual([7, {}]);
    await scene.objects.delete('externalsecrets', 'undo');
  });

  it('of a roll that got stuck, back to pods with the old content, leads to exactly one more', async () => {
    scene.createSecret('stuck');
    await deployed('stuck');
    await createSynced('stuck');
    using _ = pods.readier.set({ namespace: scene.namespace, labels: { app: 'stuck' } }, { state: 'not-ready', delayMs: 0 });
    scene.rotate('stuck');
    await untilMarked(scene.objects, 'Deployment', 'stuck', 'stuck');
    await undo('stuck');
    await waitUntil('undone and rolled again', async () => (await generationOf('stuck')) === 4);
    await untilMarked(scene.objects, 'Deployment', 'stuck', 'stuck');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('stuck')).toBe(4);
    await scene.objects.delete('externalsecrets', 'stuck');
  });
});

describe('somebody who takes the marker away each time', () => {
  it('is not fought: few restarts, then the status says so', async () => {
    scene.createSecret('fought');
    using _ = pods.readier.set({ namespace: scene.namespace, labels: { app: 'fought' } }, { state: 'not-ready' });
    await createWorkload(scene.objects, 'Deployment', 'fought');
    await waitUntil('its pod is there', async () =>
      (await scene.objects.list('pods')).some(({ metadata }) => metadata.labels?.['app'] === 'fought'),
    );
    await createSynced('fought');
    const stop = new AbortController();
    const remover = removeMarkers('fought', stop.signal);
    try {
      scene.rotate('fought');
      const object = await untilRestarted(scene, 'fought', 'RestartReverted');
      expect(restartedOf(object)?.message).toContain('another client removes its restart marker again and again');
      expect(stateOf(object, 'fought')).toBe('Blocked');
      expect(await writesAtRest(scene, 3)).toEqual([]);
    } finally {
      stop.abort();
      await remover;
    }
    const restarts = scene.proxy.log.writes({ resource: 'deployments', name: 'fought' }).filter(({ status }) => status === 200);
    expect(restarts).toHaveLength(3);
    await scene.objects.delete('externalsecrets', 'fought');
  });
});

describe('two ExternalSecrets that restart one Deployment', () => {
  it('have a marker each, and changes at the same time are one rollout at best', async () => {
    scene.createSecret('pair-a');
    scene.createSecret('pair-b');
    await deployed('pair');
    await createSynced('pair-a', ['pair']);
    await createSynced('pair-b', ['pair']);
    scene.rotate('pair-a');
    scene.rotate('pair-b');
    await untilMarked(scene.objects, 'Deployment', 'pair', 'pair-a');
    await untilMarked(scene.objects, 'Deployment', 'pair', 'pair-b');
    for (const name of ['pair-a', 'pair-b']) await untilRestarted(scene, name, 'RestartsDone');
    expect(await writesAtRest(scene, 2)).toEqual([]);
    const deployment = await scene.objects.get('deployments', 'pair');
    // One if both changes were seen within the 2 s in which kubelet may serve the former value.
    expect([2, 3]).toContain(deployment?.metadata.generation);
    expect(markersOf(deployment)).toEqual({
      'pair-a': contentOf(await scene.objects.get('secrets', 'pair-a')),
      'pair-b': contentOf(await scene.objects.get('secrets', 'pair-b')),
    });
  });
});

describe('a target that somebody else writes at the same moment', () => {
  it('is restarted once, and the status never calls it failed', async () => {
    scene.createSecret('raced');
    await deployed('raced');
    await createSynced('raced');
    await using statuses = await followObjects(scene, 'externalsecrets');
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'deployments', name: 'raced' });
    scene.rotate('raced');
    await hold.arrived;
    await scene.objects.patch('deployments', 'raced', { metadata: { labels: { other: 'writer' } } });
    hold.release();
    await untilMarked(scene.objects, 'Deployment', 'raced', 'raced');
    await untilRestarted(scene, 'raced', 'RestartsDone');
    expect(await generationOf('raced')).toBe(2);
    await statuses.untilCurrent('raced');
    expect(statuses.of('raced').map(({ object }) => stateOf(object, 'raced'))).not.toContain('Failed');
  });
});
