// A scene for what namespaces share: the operator looks at a second namespace too, with a store of the same name and the same AWS credentials.
import { makeNamespace } from '../control-plane/namespace.ts';
import { Objects } from './objects.ts';
import { openScene, type Scene, staticAuth } from './scene.ts';

export interface SceneWithNeighbour extends AsyncDisposable {
  readonly scene: Scene;
  readonly neighbour: Objects;
  /** Starts the operator again, for both namespaces. */
  readonly startOperator: () => Promise<void>;
}

/** The operator runs. */
export async function openSceneWithNeighbour(prefix: string): Promise<SceneWithNeighbour> {
  await using opened = new AsyncDisposableStack();
  const scene = opened.use(await openScene(prefix, { start: false }));
  await scene.createStore();
  const other = opened.use(await makeNamespace(scene.controlPlane, 'neighbour'));
  const neighbour = new Objects(scene.controlPlane.api, other.name);
  await neighbour.create('secrets', {
    metadata: { name: 'aws-credentials' },
    stringData: (await scene.objects.values('aws-credentials'))!,
  });
  const aws = { service: 'SecretsManager', region: scene.aws.defaultRegion, auth: staticAuth('aws-credentials') };
  await neighbour.create('secretstores', { metadata: { name: 'aws' }, spec: { provider: { aws } } });
  const startOperator = async (): Promise<void> => {
    await scene.startOperator([`--namespaces=${other.name}`]);
  };
  await startOperator();
  const resources = opened.move();
  return { scene, neighbour, startOperator, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
