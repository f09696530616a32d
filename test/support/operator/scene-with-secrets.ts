// A scene with a store, in which every state of the Secrets is recorded.
import { followObjects, type History } from './history.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';

export interface SceneWithSecrets extends AsyncDisposable {
  readonly scene: Scene;
  readonly secrets: History;
}

export async function openSceneWithSecrets(prefix: string, options: SceneOptions = {}): Promise<SceneWithSecrets> {
  await using opened = new AsyncDisposableStack();
  const scene = opened.use(await openScene(prefix, options));
  await scene.createStore();
  const secrets = opened.use(await followObjects(scene, 'secrets'));
  const resources = opened.move();
  return { scene, secrets, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
