// Tools that keep the whole pod template take restarts back. They are not fought: three restarts for a content at most.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { consumerNamed, createConsumer, envFrom } from '../../support/operator/consumers.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, shownRestarts, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { type SceneWithPods, useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

let pods: SceneWithPods;
let scene: Scene;

useSceneWithPods('reverted', (opened) => {
  pods = opened;
  ({ scene } = opened);
});

const updatedOf = (workload: AnyObject): number => Number(workload.status?.['updatedReplicas'] ?? 0);
const isObserved = ({ metadata, status }: AnyObject): boolean => status?.observedGeneration === metadata.generation;

interface Loop {
  readonly when: string;
  /** Whether the tool reverts a workload in this state. */
  readonly isDue: (workload: AnyObject) => boolean;
  readonly revert: (name: string) => Promise<void>;
  /** New pods of the workload do not become ready. */
  readonly isStuck: boolean;
}

async function removeMarker(name: string): Promise<void> {
  await scene.objects.patch('deployments', name, {
    spec: { template: { metadata: { annotations: { [`restart.keytender.dev/${name}`]: null } } } },
  });
}

const parts = (name: string): object => ({ container: envFrom(name), spec: { replicas: 2 } });

async function replace(name: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${scene.namespace}/deployments/${name}`;
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', ...consumerNamed(name, parts(name)) };
  const { status } = await scene.controlPlane.api.send({ method: 'PUT', path, body });
  if (status !== 200) throw new Error(`HTTP ${status}`);
}

const LOOPS: readonly Loop[] = [
  { when: 'before pods exist', isDue: () => true, revert: removeMarker, isStuck: true },
  { when: 'half rolled', isDue: (workload) => isObserved(workload) && updatedOf(workload) > 0, revert: removeMarker, isStuck: true },
  { when: 'when it is done', isDue: (workload) => isObserved(workload) && updatedOf(workload) === 2, revert: removeMarker, isStuck: false },
  { when: 'by replacing the object', isDue: () => true, revert: replace, isStuck: true },
];

/** Reverts each restart until it is told to stop. */
async function loop(name: string, { isDue, revert }: Loop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await waitUntil(
      'marked or over',
      async () => {
        const workload = await scene.objects.get('deployments', name);
        return signal.aborted || (workload !== undefined && markersOf(workload)[name] !== undefined && isDue(workload));
      },
      { timeoutMs: 120_000 },
    );
    if (!signal.aborted) await revert(name);
  }
}

describe('a tool that takes the marker back', () => {
  it.each(LOOPS.map((one, index) => ({ ...one, index })))(
    '$when leads to three restarts at most; new content begins anew',
    async (tool) => {
      const name = `loop-${tool.index}`;
      scene.createSecret(name);
      await createConsumer(scene.objects, name, parts(name));
      await createRestarting(scene, name, [], { restart: { mode: 'Discover', settle: '0' } });
      await untilShown(scene, name, name, { state: 'Current' });
      const stuck = tool.isStuck ? pods.readier.set({ labels: { app: name }, onlyNew: true }, { state: 'not-ready' }) : undefined;
      const stop = new AbortController();
      const loops = loop(name, tool, stop.signal);
      const since = scene.proxy.log.next;
      try {
        scene.rotate(name);
        await waitUntil('it is left alone', async () => {
          const [shown] = shownRestarts(await scene.objects.get('externalsecrets', name));
          const isRestarted = restartsOf(name, since) > 0;
          // Once its pods have started long enough after the change, nothing is to be restarted any more.
          return isRestarted && (shown?.reason === 'RestartReverted' || (!tool.isStuck && shown?.phase === 'Current'));
        });
        expect(await writesAtRest(scene, 2)).toEqual([]);
        if (tool.isStuck) expect(restartsOf(name, since)).toBe(3);
        else expect(restartsOf(name, since)).toBeLessThanOrEqual(3);
      } finally {
        stop.abort();
        await loops;
      }
      stuck?.[Symbol.dispose]();
      scene.rotate(name);
      await untilMarked(scene.objects, 'Deployment', name, name);
      await untilShown(scene, name, name, { phase: 'Healthy' });
      await scene.objects.delete('externalsecrets', name);
    },
  );
});

function restartsOf(name: string, since: number): number {
  return scene.proxy.log.writes({ resource: 'deployments', name }, since).filter(({ status }) => status === 200).length;
}
