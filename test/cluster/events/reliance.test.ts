// Poll intervals are longer only while the queue is read, and only for stores that have opted in. The status names the queue.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { createStoreWithEvents, startWithQueue, syncedByEvents, untilEvents } from '../../support/operator/events.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readsOf } from '../../support/operator/waits.ts';

jest.setTimeout(90_000);

let scene: Scene;
let queue: Queue;

beforeAll(async () => {
  scene = await openScene('events-reliance', { start: false, flags: ['--min-refresh-interval=1s'] });
  queue = scene.aws.createQueue('changes', { events: true });
  await createStoreWithEvents(scene, { maxAge: '1h' });
  await startWithQueue(scene, queue);
  await scene.createStore('without-events');
  scene.createSecret('polled');
  await scene.objects.externalSecret('polled', {
    secretStoreRef: { name: 'without-events' },
    refreshInterval: '1s',
    data: [{ secretKey: 'value', remoteRef: { key: 'polled' } }],
  });
  await scene.objects.untilReason('polled', 'SecretSynced');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

/** How often a secret is read while another one, which no event concerns and whose interval is a second, is read three times. */
async function readsInAWhile(name: string): Promise<number> {
  const before = readsOf(scene, `events/${name}`);
  await polls(3);
  return readsOf(scene, `events/${name}`) - before;
}

async function polls(count: number): Promise<void> {
  const before = readsOf(scene, 'polled');
  await waitUntil(`${count} polls`, () => readsOf(scene, 'polled') - before >= count);
}

describe('a store with events', () => {
  it('is polled at refreshInterval while the queue cannot be read, and hardly while it can', async () => {
    await syncedByEvents(scene, 'stretched', '1s');
    expect((await untilEvents(scene, 'EventsReceived')).message).toBe('changes are told by queue "changes"');
    await waitUntil('polls rest', async () => (await readsInAWhile('stretched')) === 0);

    const fault = scene.aws.inject({ operation: 'ReceiveMessage', fault: { kind: 'access-denied' } });
    queue.send('{}');
    const failing = await untilEvents(scene, 'EventsQueueFailing');
    expect(failing).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/may not call sqs:ReceiveMessage for queue "changes" in .*; polls go on: .*allow sqs:ReceiveMessage/),
    });
    const value = scene.rotate('events/stretched');
    await scene.objects.untilValues('stretched', { value });
    expect(await readsInAWhile('stretched')).toBeGreaterThanOrEqual(1);
    expect(await scene.operator.metric('keytender_event_queue_up{queue="sqs"}')).toBe(0);

    fault.remove();
    await untilEvents(scene, 'EventsReceived', 'aws', 45_000);
    await waitUntil('polls rest again', async () => (await readsInAWhile('stretched')) === 0);
    expect(await scene.operator.metric('keytender_event_queue_up{queue="sqs"}')).toBe(1);
  });

  it('that names another queue is told that it may not, and polled as before', async () => {
    await createStoreWithEvents(scene, { sqs: { queueUrl: queue.url.replace('changes', 'other') }, maxAge: '1h' }, 'other');
    expect((await untilEvents(scene, 'EventsQueueNotAllowed', 'other')).message).toMatch(
      /^queues that SecretStores name are not read here; secrets are refreshed at refreshInterval: .*--allow-namespaced-queues$/,
    );
    scene.createSecret('events/other');
    await scene.objects.externalSecret('other', {
      secretStoreRef: { name: 'other' },
      refreshInterval: '1s',
      data: [{ secretKey: 'value', remoteRef: { key: 'events/other' } }],
    });
    await scene.objects.untilReason('other', 'SecretSynced');
    expect(await readsInAWhile('other')).toBeGreaterThanOrEqual(1);
    await scene.objects.delete('externalsecrets', 'other');
    await scene.objects.delete('secretstores', 'other');
  });

  it('receives nothing while the API server is away, and everything after', async () => {
    await syncedByEvents(scene, 'outage', '1h');
    const outage = scene.proxy.inject({ fault: { kind: 'status', code: 503 } });
    scene.proxy.closeWatches();
    await waitUntil('the operator has noticed', () => outage.hits > 0);
    // The poll that was under way when the outage began has to end first.
    queue.send('{}');
    await waitUntil('that poll has ended', () => queue.visible + queue.inFlight === 0);
    const value = scene.rotate('events/outage');
    await polls(3);
    expect(queue.visible).toBe(1);
    outage.remove();
    await scene.objects.untilValues('outage', { value }, 60_000);
    await waitUntil('the queue is empty', () => queue.visible + queue.inFlight === 0);
  });

  it('stops in order, and gives back at once what it had begun', async () => {
    await syncedByEvents(scene, 'stop', '1h');
    // Neither the Secret nor the failure can be written. Renewals of the Lease are patches, too, and tell nothing about the event.
    const [secrets, statuses] = ['secrets', 'externalsecrets'].map((resource) =>
      scene.proxy.inject({ verb: 'patch', resource, fault: { kind: 'status', code: 500 } }),
    );
    const value = scene.rotate('events/stop');
    await waitUntil('writes fail', () => (secrets?.hits ?? 0) >= 2);
    expect([queue.visible, queue.inFlight]).toEqual([0, 1]);
    expect(await scene.operator.stop()).toMatchObject({ code: 0 });
    secrets?.remove();
    statuses?.remove();
    expect(queue.visible).toBe(1);
    await startWithQueue(scene, queue);
    await scene.objects.untilValues('stop', { value });
  });
});
