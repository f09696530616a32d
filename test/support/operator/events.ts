// Stores with change events, and their conditions.
import type { Condition } from './objects.ts';
import type { Queue } from '../aws/sqs/queue.ts';
import type { Operator } from './operator.ts';
import type { Scene } from './scene.ts';
import { untilObject } from './waits.ts';

/** Starts an operator that reads this queue for the whole installation, with an access key of its own. */
export async function startWithQueue(scene: Scene, queue: Queue): Promise<Operator> {
  const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount });
  const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
  return scene.startOperator([`--events-queue-url=${queue.url}`], env);
}

/** A store that signs with an access key of its own and has this `spec.events`; `extra`: of its provider. */
export async function createStoreWithEvents(scene: Scene, events: object, name = 'aws', extra: object = {}): Promise<void> {
  await scene.createStore(name, extra);
  await scene.objects.patch('secretstores', name, { spec: { events } });
}

/** The Events condition once it has this reason. */
export async function untilEvents(scene: Scene, reason: string, name = 'aws', timeoutMs = 30_000): Promise<Condition> {
  const find = (conditions: readonly Condition[] | undefined): Condition | undefined => conditions?.find(({ type }) => type === 'Events');
  const store = await untilObject(scene, 'secretstores', name, ({ status }) => find(status?.conditions)?.reason === reason, timeoutMs);
  const condition = find(store.status?.conditions);
  if (condition === undefined) throw new Error('no Events condition');
  return condition;
}

/** A synced ExternalSecret of this name on the store `aws`, over a new secret `events/<name>`. Returns the value. */
export async function syncedByEvents(scene: Scene, name: string, refreshInterval: string): Promise<string> {
  const value = scene.createSecret(`events/${name}`);
  await scene.objects.externalSecret(name, { refreshInterval, data: [{ secretKey: 'value', remoteRef: { key: `events/${name}` } }] });
  await scene.objects.untilReason(name, 'SecretSynced');
  return value;
}
