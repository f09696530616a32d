// The findings of stores about the queue of change events: a failure shows if it lasts, not after one failed poll.
import { describe, expect, it } from '@jest/globals';
import { withCondition } from '../../../src/api/schema/conditions.ts';
import { failure } from '../../../src/failure/failure.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { object } from '../resolve/entries.ts';
import { MemoryQueue } from '../source/events/memory-queue.ts';
import { current, type EngineWorld, one, startEngine } from '../source/engine-world.ts';
import { changesOf, during, labelUpdated } from './changes.ts';

const store: StoreObject = { ...object('SecretStore', 'aws', 'team'), apiVersion: 'keytender.dev/v1', spec: { events: { maxAge: '1h' } } };
const DOWN = failure('AWSUnavailable', 'SQS in eu-central-1 gave no usable answer');

function scene({ clock }: EngineWorld) {
  const sqs = new MemoryQueue(clock);
  const eventsQueueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/changes';
  const config = { eventsQueueUrl, eventsMaxAge: ms(60_000), allowNamespacedQueues: false };
  const made = changesOf({ clock, sqs, config, stores: [store] });
  return { ...made, sqs, said: () => made.changes.finding(store, one).kind };
}

describe('a queue of change events', () => {
  it('that fails for one poll is told to nobody, and is told once it goes on', async () => {
    await using world = startEngine();
    const { clock } = world;
    const made = scene(world);
    const { sqs, lines, said } = made;
    await during(world, made, async () => {
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
    });
  });

  it('that was incomplete before a restart is not relied on after it, until an event about one of the secrets comes', async () => {
    await using world = startEngine();
    const made = scene(world);
    const { changes, sqs } = made;
    world.aws.put('a');
    await world.read(current('a'));
    const conditions = withCondition(
      [],
      { type: 'Events', status: 'False', reason: 'EventsIncomplete', message: '' },
      '2026-01-01T00:00:00Z',
    );
    const said = (): unknown => {
      const finding = changes.finding({ ...store, status: { conditions } }, one);
      return finding.kind === 'failed' ? finding.failure.reason : finding.kind;
    };
    const relies = (): boolean => changes.readObserver.reliesOn(current('a'), { maxAge: ms(3_600_000) });
    await during(world, made, async () => {
      expect(said()).toBe('unknown');
      await world.clock.advance(1_000);
      expect([said(), relies()]).toEqual(['EventsIncomplete', false]);
      sqs.send(labelUpdated('a'));
      await world.clock.advance(1_000);
      expect([said(), relies()]).toEqual(['received', true]);
    });
  });
});
