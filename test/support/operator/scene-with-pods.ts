// A scene for tests of restarts: with a store, and with a replacement of kubelet, so that pods of workloads become ready.
import { makeNode } from '../pod-readier/node.ts';
import { startPodReadier, type PodReadier } from '../pod-readier/start.ts';
import { openScene, type Scene } from './scene.ts';

export interface SceneWithPods {
  readonly scene: Scene;
  readonly readier: PodReadier;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `node`: whether there is a node too, which DaemonSets need. */
export async function openSceneWithPods(prefix: string, { node = false } = {}): Promise<SceneWithPods> {
  await using opened = new AsyncDisposableStack();
  const scene = opened.use(await openScene(prefix));
  await scene.createStore();
  if (node) opened.use(await makeNode(scene.controlPlane, scene.namespace));
  const readier = opened.use(await startPodReadier(scene.controlPlane, scene.namespace));
  const resources = opened.move();
  return { scene, readier, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
