// Workloads without a marker: whether they started before or after the content changed decides, whoever was there to see it.
import { describe, expect, it, jest } from '@jest/globals';
import type { AnyObject } from '../../support/operator/objects.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { untilObject } from '../../support/operator/waits.ts';
import {
  createWorkload,
  markersOf,
  PLURALS,
  secondsAfter,
  untilMarked,
  untilRolledOut,
  type Kind,
} from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

useSceneWithPods('first-sight', (opened) => ({ scene } = opened), { node: true });

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

async function changedSecret(name: string): Promise<void> {
  scene.createSecret(name);
  await scene.objects.externalSecret(name, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: name } }] });
  await scene.objects.untilReason(name, 'SecretSynced');
}

async function rotateAndWait(name: string): Promise<number> {
  await scene.objects.untilValues(name, { password: scene.rotate(name) });
  const object = await waitUntil('the change is reported', async () => {
    const { status } = await scene.objects.untilReason(name, 'SecretSynced');
    return status?.['lastChangeTime'] === undefined ? undefined : status;
  });
  return Date.parse(object['lastChangeTime'] as string);
}

/** It is said of the targets: that comes in a round of its own, once it is known how old their pods are. */
const hasRestarts = ({ status }: AnyObject): boolean => ((status?.['restarts'] ?? []) as readonly unknown[]).length > 0;

const targets = (name: string): object => ({
  restart: { targets: KINDS.map((kind) => ({ kind, name: `${name}-${kind.toLowerCase()}` })) },
});

describe('workloads that become targets after the content has changed', () => {
  it('are restarted once when they started on the old content', async () => {
    await changedSecret('old');
    for (const kind of KINDS) await createWorkload(scene.objects, kind, `old-${kind.toLowerCase()}`);
    for (const kind of KINDS) await untilRolledOut(scene.objects, kind, `old-${kind.toLowerCase()}`);
    await rotateAndWait('old');
    await scene.objects.patch('externalsecrets', 'old', { spec: targets('old') });
    for (const kind of KINDS) {
      const marked = await untilMarked(scene.objects, kind, `old-${kind.toLowerCase()}`, 'old');
      expect(marked.metadata.generation).toBe(2);
    }
    for (const kind of KINDS) await untilRolledOut(scene.objects, kind, `old-${kind.toLowerCase()}`);
    expect(await writesAtRest(scene, 1)).toEqual([]);
  });

  it('are left alone when they started on the new content', async () => {
    await changedSecret('new');
    const changedAt = await rotateAndWait('new');
    // Pods that started at most 10 s after a change may have read the content from before.
    await secondsAfter(changedAt, 12);
    for (const kind of KINDS) await createWorkload(scene.objects, kind, `new-${kind.toLowerCase()}`);
    for (const kind of KINDS) await untilRolledOut(scene.objects, kind, `new-${kind.toLowerCase()}`);
    await scene.objects.patch('externalsecrets', 'new', { spec: targets('new') });
    const { status } = await untilObject(scene, 'externalsecrets', 'new', hasRestarts);
    expect(status?.['restarts']).toEqual(
      KINDS.toSorted().map((kind) => expect.objectContaining({ kind, state: 'Current', phase: 'Current' })),
    );
    expect(await writesAtRest(scene, 1)).toEqual([]);
    for (const kind of KINDS) {
      const workload = await scene.objects.get(PLURALS[kind], `new-${kind.toLowerCase()}`);
      expect([workload?.metadata.generation, markersOf(workload)]).toEqual([1, {}]);
    }
  });

  it('are judged by their own pods, not by those of a neighbour with the same labels', async () => {
    await changedSecret('kin');
    const labels = { matchLabels: { app: 'kin-old' } };
    await createWorkload(scene.objects, 'Deployment', 'kin-old');
    await untilRolledOut(scene.objects, 'Deployment', 'kin-old');
    const changedAt = await rotateAndWait('kin');
    await secondsAfter(changedAt, 12);
    await createWorkload(scene.objects, 'Deployment', 'kin', {
      selector: labels,
      template: {
        metadata: { labels: { app: 'kin-old' } },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'a', image: 'a:1' }] },
      },
    });
    await untilRolledOut(scene.objects, 'Deployment', 'kin');
    await scene.objects.patch('externalsecrets', 'kin', { spec: { restart: { targets: [{ kind: 'Deployment', name: 'kin' }] } } });
    const { status } = await untilObject(scene, 'externalsecrets', 'kin', hasRestarts);
    expect(status?.['restarts']).toEqual([expect.objectContaining({ name: 'kin', state: 'Current' })]);
    expect((await scene.objects.get('deployments', 'kin'))?.metadata.generation).toBe(1);
  });
});

describe('a target that started on the old content while no operator was running', () => {
  it('is restarted once by the next one', async () => {
    await changedSecret('away');
    await scene.objects.patch('externalsecrets', 'away', { spec: { restart: { targets: [{ kind: 'Deployment', name: 'away' }] } } });
    await scene.objects.untilReason('away', 'SecretSynced');
    await scene.operator.kill();
    await createWorkload(scene.objects, 'Deployment', 'away');
    await untilRolledOut(scene.objects, 'Deployment', 'away');
    const value = scene.rotate('away');
    await scene.startOperator();
    await scene.objects.untilValues('away', { password: value });
    await untilMarked(scene.objects, 'Deployment', 'away', 'away');
    await untilRolledOut(scene.objects, 'Deployment', 'away');
    expect((await scene.objects.get('deployments', 'away'))?.metadata.generation).toBe(2);
    await waitUntil('the target is reported', async () => {
      const { status } = await scene.objects.untilReason('away', 'SecretSynced');
      return ((status?.['restarts'] ?? []) as readonly { readonly state: string }[])[0]?.state === 'Restarted';
    });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect((await scene.objects.get('deployments', 'away'))?.metadata.generation).toBe(2);
  });
});
