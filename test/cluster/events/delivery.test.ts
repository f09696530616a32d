// From a change in AWS by event to the Secret: within seconds although the interval is an hour, once for any number of messages, and across
// crashes.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { followObjects } from '../../support/operator/history.ts';
import { createStoreWithEvents, startWithQueue, syncedByEvents, untilEvents } from '../../support/operator/events.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readsOf } from '../../support/operator/waits.ts';

jest.setTimeout(90_000);

let scene: Scene;
let queue: Queue;

beforeAll(async () => {
  scene = await openScene('events-delivery', { start: false });
  queue = scene.aws.createQueue('changes', { events: true, maxReceiveCount: 5 });
  await createStoreWithEvents(scene, { maxAge: '1h' });
  await startWithQueue(scene, queue);
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

/** One whose interval is an hour, once events are known to come. */
async function synced(name: string): Promise<void> {
  await syncedByEvents(scene, name, '1h');
  await untilEvents(scene, 'EventsReceived');
}

const untilEmpty = (): Promise<unknown> => waitUntil('the queue is empty', () => queue.visible + queue.inFlight === 0);
const results = async (result: string): Promise<number> => scene.operator.metric(`keytender_events_total{result="${result}"}`);

describe('a change that an event tells', () => {
  it('is in the Secret an hour before it would be polled, and the message is gone', async () => {
    await synced('quick');
    const value = scene.rotate('events/quick');
    await scene.objects.untilValues('quick', { value });
    await untilEmpty();
    expect(queue.deadLetters).toEqual([]);
    expect(await scene.operator.metric('keytender_event_lag_seconds_count')).toBeGreaterThanOrEqual(1);
  });

  it('told three times, out of order and hours late has one effect', async () => {
    await synced('often');
    const told: string[] = [];
    using _stop = { [Symbol.dispose]: scene.aws.events.on((event) => void told.push(JSON.stringify(event))) };
    await using history = await followObjects(scene, 'secrets');
    const value = scene.rotate('events/often');
    await scene.objects.untilValues('often', { value });
    const late = told.map((body) => body.replace(/"time":"[^"]+"/, '"time":"2026-01-01T00:00:00Z"'));
    for (const body of [...told, ...late, ...told, ...late].reverse()) queue.send(body);
    await untilEmpty();
    await history.untilCurrent('often');
    expect(history.changes('often', ({ data }) => data)).toBe(1);
    const reads = readsOf(scene, 'events/often');
    for (const body of told) queue.send(body);
    await untilEmpty();
    expect(readsOf(scene, 'events/often')).toBe(reads);
  });

  it('that nobody uses, of another kind, or unreadable is counted and deleted', async () => {
    await synced('beside');
    scene.createSecret('events/nobody');
    const before = await Promise.all(['unaffected', 'foreign', 'poison'].map(results));
    scene.rotate('events/nobody');
    queue.send(JSON.stringify({ 'detail-type': 'EC2 Instance State-change Notification', source: 'aws.ec2', detail: {} }));
    for (const body of ['not json', '{"__proto__":{}}', '['.repeat(50_000)]) queue.send(body);
    await untilEmpty();
    const after = await Promise.all(['unaffected', 'foreign', 'poison'].map(results));
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 3]);
    expect(queue.deadLetters).toEqual([]);
  });

  it('that reads do not show yet is read again until they do', async () => {
    await synced('later');
    using stale = scene.aws.staleReads({ operations: ['GetSecretValue', 'BatchGetSecretValue'] });
    const value = scene.rotate('events/later');
    await waitUntil('it was read in vain', () => readsOf(scene, 'events/later') >= 3);
    expect(queue.inFlight).toBe(1);
    stale.release();
    await scene.objects.untilValues('later', { value });
    await untilEmpty();
  });

  it('is not lost when the operator is killed between reading and acting', async () => {
    await synced('crash');
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'secrets', at: 'request' });
    await using history = await followObjects(scene, 'secrets');
    const value = scene.rotate('events/crash');
    await hold.arrived;
    expect(queue.inFlight).toBe(1);
    await scene.operator.kill();
    hold.release();
    await startWithQueue(scene, queue);
    scene.aws.clock.advance(60_000);
    await scene.objects.untilValues('crash', { value });
    await untilEmpty();
    await history.untilCurrent('crash');
    expect(history.changes('crash', ({ data }) => data)).toBe(1);
  });
});
