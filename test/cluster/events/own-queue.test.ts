// Queues that SecretStores name, if the flag allows it: read with the identity of the store, for references of that identity.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { createStoreWithEvents, syncedByEvents, untilEvents } from '../../support/operator/events.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readsOf } from '../../support/operator/waits.ts';

jest.setTimeout(90_000);

let scene: Scene;
let queue: Queue;

beforeAll(async () => {
  scene = await openScene('events-own-queue', { start: false, flags: ['--allow-namespaced-queues=true'] });
  queue = scene.aws.createQueue('changes', { events: true });
  await createStoreWithEvents(scene, { sqs: { queueUrl: queue.url }, maxAge: '1h' });
  await scene.createStore('plain');
  await scene.startOperator();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

const untilEmpty = (): Promise<unknown> => waitUntil('the queue is empty', () => queue.visible + queue.inFlight === 0);

describe('a queue of a SecretStore', () => {
  it('is read as the store, and makes a change show within seconds', async () => {
    await syncedByEvents(scene, 'own', '1h');
    expect((await untilEvents(scene, 'EventsReceived')).message).toBe('changes are told by queue "changes"');
    const value = scene.rotate('events/own');
    await scene.objects.untilValues('own', { value }, 10_000);
    await untilEmpty();
    const receives = scene.aws.calls.entries.filter(({ operation }) => operation === 'ReceiveMessage');
    const store = await scene.objects.get('secretstores', 'aws');
    expect(new Set(receives.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set([store?.status?.['identity']]));
    expect(await scene.operator.metric('keytender_event_namespaced_queues{state="up"}')).toBe(1);
  });

  it('says nothing to others: a store without one has no such condition, and what it reads is not read for an event', async () => {
    const plain = await waitUntil('the store is checked', async () => {
      const store = await scene.objects.get('secretstores', 'plain');
      return store?.status?.conditions === undefined ? undefined : store;
    });
    expect(plain.status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
    await createStoreWithEvents(scene, { maxAge: '1h' }, 'missing');
    expect((await untilEvents(scene, 'EventsQueueMissing', 'missing')).message).toMatch(/no queue is read for this store/);

    scene.createSecret('events/others');
    await scene.objects.externalSecret('others', {
      secretStoreRef: { name: 'plain' },
      refreshInterval: '1h',
      data: [{ secretKey: 'value', remoteRef: { key: 'events/others' } }],
    });
    await scene.objects.untilReason('others', 'SecretSynced');
    const reads = readsOf(scene, 'events/others');
    scene.rotate('events/others');
    await untilEmpty();
    expect(readsOf(scene, 'events/others')).toBe(reads);
  });

  it('beyond the limit of its namespace is not read, and its store says so', async () => {
    for (const name of ['second', 'third']) {
      const { url } = scene.aws.createQueue(name);
      await createStoreWithEvents(scene, { sqs: { queueUrl: url } }, name);
      await untilEvents(scene, name === 'second' ? 'EventsReceived' : 'EventsQueueLimit', name);
    }
    await scene.objects.delete('secretstores', 'second');
    await untilEvents(scene, 'EventsReceived', 'third', 60_000);
  });
});
