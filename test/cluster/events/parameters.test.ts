// Changes of parameters by event: every type of change arrives within seconds although the interval is an hour.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { createStoreWithEvents, startWithQueue, untilEvents } from '../../support/operator/events.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(90_000);

let scene: Scene;
let queue: Queue;

beforeAll(async () => {
  scene = await openScene('events-parameters', { start: false });
  queue = scene.aws.createQueue('changes', { events: true, maxReceiveCount: 5 });
  await createStoreWithEvents(scene, { maxAge: '1h' }, 'aws', { service: 'ParameterStore' });
  await startWithQueue(scene, queue);
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function put(name: string): string {
  const value = scene.canaryValue();
  scene.aws.parameters().put(name, value);
  return value;
}

describe('a change of a parameter that an event tells', () => {
  it('is in the Secret an hour before it would be polled, for a new version and for a label that moves', async () => {
    const first = put('/events/latest');
    const data = [
      { secretKey: 'latest', remoteRef: { key: '/events/latest' } },
      { secretKey: 'labelled', remoteRef: { key: '/events/latest', version: 'live' } },
    ];
    scene.aws.parameters().label('/events/latest', 1, 'live');
    await scene.objects.externalSecret('latest', { refreshInterval: '1h', data });
    await scene.objects.untilValues('latest', { latest: first, labelled: first });
    await untilEvents(scene, 'EventsReceived');

    const untilEmpty = (): Promise<unknown> => waitUntil('the queue is empty', () => queue.visible + queue.inFlight === 0);
    const second = put('/events/latest');
    await scene.objects.untilValues('latest', { latest: second, labelled: first });
    // An event that is not done yet is superseded by the next one, and not counted as shown.
    await untilEmpty();
    scene.aws.parameters().label('/events/latest', 2, 'live');
    await scene.objects.untilValues('latest', { latest: second, labelled: second });
    await untilEmpty();
    expect(queue.deadLetters).toEqual([]);
    expect(await scene.operator.metric('keytender_events_total{result="shown"}')).toBeGreaterThanOrEqual(2);
  });
});
