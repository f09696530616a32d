// A scene for tests of restarts: with a store, and with somebody who plays kubelet, so that the pods of workloads become ready.
import { afterAll, beforeAll } from '@jest/globals';
import { makeNode } from '../pod-readier/node.ts';
import { startPodReadier, type PodReadier } from '../pod-readier/start.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';

export interface SceneWithPods {
  readonly scene: Scene;
  readonly readier: PodReadier;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OpenOptions extends SceneOptions {
  /** Whether there is a node too, which DaemonSets need. Default false. */
  readonly node?: boolean;
}

const OPEN_WITHIN_MS = 120_000;

/** One for all tests of a file. `opened` is given it before the first test; it ends after the last one. */
export function useSceneWithPods(prefix: string, opened: (pods: SceneWithPods) => void, options: OpenOptions = {}): void {
  let pods: SceneWithPods | undefined;
  beforeAll(async () => {
    pods = await openSceneWithPods(prefix, options);
    opened(pods);
  }, OPEN_WITHIN_MS);
  afterAll(() => pods?.[Symbol.asyncDispose]());
}

async function openSceneWithPods(prefix: string, { node = false, ...options }: OpenOptions): Promise<SceneWithPods> {
  await using opened = new AsyncDisposableStack();
  const scene = opened.use(await openScene(prefix, options));
  await scene.createStore();
  if (node) opened.use(await makeNode(scene.controlPlane, scene.namespace));
  const readier = opened.use(await startPodReadier(scene.controlPlane, scene.namespace));
  const resources = opened.move();
  return { scene, readier, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
