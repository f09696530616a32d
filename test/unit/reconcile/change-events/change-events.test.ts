// The findings of stores about the queue of change events: a failure shows if it lasts, not after one failed poll.
import { describe, expect, it } from '@jest/globals';
import { withCondition } from '../../../../src/api/conditions.ts';
import { failure } from '../../../../src/api/failure.ts';
import type { StoreObject } from '../../../../src/api/secret-store.ts';
import { ms } from '../../../../src/base/clock.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { object } from '../../resolve/entries.ts';
import { MemoryQueue } from '../../source/events/memory-queue.ts';
import { current, one, startEngine } from '../../source/engine-world.ts';
import { changeEventsOf } from './change-events-of.ts';

const store: StoreObject = { ...object('SecretStore', 'aws', 'team'), spec: { events: { maxAge: '1h' } } };
const DOWN = failure('AWSUnavailable', 'SQS in eu-central-1 gave no usable answer');

function scene(clock: FakeClock) {
  const sqs = new MemoryQueue(clock);
  const config = {
    eventsQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/changes',
    eventsMaxAge: ms(60_000),
    allowNamespacedQueues: false,
  };
  const { changes, context, lines } = changeEventsOf([store], { clock, sqs, config });
  return { changes, sqs, context, lines, said: () => changes.finding(store, one).kind };
}

describe('a queue of change events', () => {
  it('that fails for one poll is told to nobody, and is told once it goes on', async () => {
    await using world = startEngine();
    const { clock, engine } = world;
    const { changes, sqs, context, lines, said } = scene(clock);
    const end = new AbortController();
    const running = changes.run(engine, context, end.signal, end.signal);
    await clock.advance(1_000);
    expect(said()).toBe('received');
    const lived = lines.length;
    // The running poll ends with it, the next one succeeds.
    sqs.failure = DOWN;
    await clock.advance(200);
    sqs.failure = undefined;
    for (let tenth = 0; tenth < 50; tenth += 1) {
      await clock.advance(100);
      expect(said()).toBe('received');
    }
    expect(lines.length).toBe(lived);
    sqs.failure = DOWN;
    await clock.advance(5_000);
    expect([said(), lines.length]).toEqual(['failed', lived + 1]);
    sqs.failure = undefined;
    await clock.advance(10_000);
    expect([said(), lines.length]).toEqual(['received', lived + 2]);
    end.abort(new DOMException('the test is over', 'AbortError'));
    await running;
  });

  it('that was incomplete before a restart is not relied on after it, until an event about one of the secrets comes', async () => {
    await using world = startEngine();
    const { clock, engine } = world;
    const { changes, sqs, context } = scene(clock);
    world.aws.put('a');
    await world.read(current('a'));
    const reliance = { maxAge: ms(3_600_000) };
    const conditions = withCondition(
      [],
      { type: 'Events', status: 'False', reason: 'EventsIncomplete', message: '' },
      '2026-01-01T00:00:00Z',
    );
    const said = (): unknown => {
      const finding = changes.finding({ ...store, status: { conditions } }, one);
      return finding.kind === 'failed' ? finding.failure.reason : finding.kind;
    };
    const end = new AbortController();
    const running = changes.run(engine, context, end.signal, end.signal);
    expect(said()).toBe('unknown');
    await clock.advance(1_000);
    expect([said(), changes.readObserver.reliesOn(current('a'), reliance)]).toEqual(['EventsIncomplete', false]);
    sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', detail: { name: 'a', labelUpdated: 'AWSCURRENT' } });
    await clock.advance(1_000);
    expect([said(), changes.readObserver.reliesOn(current('a'), reliance)]).toEqual(['received', true]);
    end.abort(new DOMException('the test is over', 'AbortError'));
    await running;
  });
});
