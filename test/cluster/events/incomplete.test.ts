// A poll finds a change without an event: then polling does not rely on events, until an event arrives.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { createStoreWithEvents, startWithQueue, syncedByEvents, untilEvents } from '../../support/operator/events.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(150_000);

let scene: Scene;
let queue: Queue;

/** Rounds of stores, however they ended. */
async function roundsOfStores(): Promise<number> {
  const results = ['success', 'requeue_after', 'error'].map((result) =>
    scene.operator.metric(`controller_runtime_reconcile_total{controller="secretstore",result="${result}"}`),
  );
  return (await Promise.all(results)).reduce((sum, count) => sum + count, 0);
}

beforeAll(async () => {
  scene = await openScene('events-incomplete', { start: false, flags: ['--min-refresh-interval=1s'] });
  // A rule that sends nothing.
  queue = scene.aws.createQueue('changes');
  await createStoreWithEvents(scene, { maxAge: '4s' });
  await startWithQueue(scene, queue);
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('a change that no event tells', () => {
  it('is found by the stretched poll, counted and said after a minute, until an event about the secret comes', async () => {
    await syncedByEvents(scene, 'silent', '1s');
    await untilEvents(scene, 'EventsReceived');
    let told = '';
    scene.aws.events.on((event) => (told = JSON.stringify(event)));
    const value = scene.rotate('events/silent');
    await scene.objects.untilValues('silent', { value });
    const said = await untilEvents(scene, 'EventsIncomplete', 'aws', 100_000);
    expect(said).toMatchObject({
      status: 'False',
      message:
        'a change was found without an event; refreshes found changes without an event: check the EventBridge rule (name filter, account, region) and the queue policy',
    });
    expect(await scene.operator.metric('keytender_events_missed_total')).toBe(1);
    // A restart does not make them complete.
    await scene.operator.stop();
    await startWithQueue(scene, queue);
    await waitUntil('the queue is read again', async () => (await scene.operator.metric('keytender_event_queue_up{queue="sqs"}')) === 1);
    await waitUntil('the store was looked at again', async () => (await roundsOfStores()) > 0);
    expect(await untilEvents(scene, 'EventsIncomplete')).toEqual(said);
    queue.send(told);
    await untilEvents(scene, 'EventsReceived');
    await waitUntil('the event is done', () => queue.visible + queue.inFlight === 0);
  });
});
