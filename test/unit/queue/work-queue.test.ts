import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { ms } from '../../../src/base/time/clock.ts';
import type { Key } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import { capacityFor } from '../../../src/base/sharing/fair-share.ts';
import { WorkQueue, type WorkQueueOptions } from '../../../src/queue/work-queue.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const open = new AbortController().signal;
const k = (name: string): Key => name as Key;

function newQueue(options: Partial<WorkQueueOptions> = {}): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ name: 'test', clock, random: () => 0, ...options }) };
}

async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = await queue.take(open);
    if (key === undefined) break;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('WorkQueue', () => {
  it('queues no key that another shard owns, neither now nor later', async () => {
    const { clock, queue } = newQueue({ owns: (key) => key !== 'theirs' });
    for (const name of ['mine', 'theirs']) {
      queue.add(k(name), priority.change);
      queue.addAfter(k(name), priority.change, ms(1_000));
    }
    expect(await drain(queue)).toEqual(['mine']);
    await clock.advance(2_000);
    expect([queue.depth, clock.sleeping]).toEqual([0, 0]);
  });

  it('gives the better priority first, and first in first out within one', async () => {
    const { queue } = newQueue();
    queue.add(k('p1'), priority.periodic);
    queue.add(k('c1'), priority.change);
    queue.add(k('p2'), priority.periodic);
    queue.add(k('u1'), priority.urgent);
    queue.add(k('c2'), priority.change);
    expect(await drain(queue)).toEqual(['u1', 'c1', 'c2', 'p1', 'p2']);
  });

  it('queues a key once, at the best of its priorities', async () => {
    const { queue } = newQueue();
    queue.add(k('a'), priority.periodic);
    queue.add(k('b'), priority.source);
    queue.add(k('a'), priority.urgent);
    queue.add(k('a'), priority.periodic);
    expect(queue.depth).toBe(2);
    expect(await drain(queue)).toEqual(['a', 'b']);
  });

  it('hands a key that is added during its work out again only when that is done', async () => {
    const { queue } = newQueue();
    queue.add(k('a'), priority.change);
    expect(await queue.take(open)).toBe('a');
    queue.add(k('a'), priority.periodic);
    queue.add(k('a'), priority.change);
    let second: Key | undefined;
    const taking = queue.take(open).then((key) => (second = key));
    await settle();
    expect(second).toBeUndefined();
    queue.done(k('a'));
    expect(await taking).toBe('a');
    queue.done(k('a'));
    expect(queue.depth).toBe(0);
  });

  it('refuses done for a key that nobody works on', () => {
    const { queue } = newQueue();
    expect(() => {
      queue.done(k('a'));
    }).toThrow(TypeError);
  });

  it('lets a key that waited 30 s go before newer changes, but not before urgent ones', async () => {
    const { clock, queue } = newQueue();
    queue.add(k('old'), priority.periodic);
    queue.add(k('older-change'), priority.change);
    await clock.advance(29_999);
    queue.add(k('change'), priority.change);
    queue.add(k('urgent'), priority.urgent);
    expect(await queue.take(open)).toBe('urgent');
    expect(await queue.take(open)).toBe('older-change');
    queue.add(k('newer-change'), priority.change);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['old', 'change', 'newer-change']);
  });

  it('adds after the delay; an earlier time wins and a later one changes nothing', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter(k('a'), priority.periodic, ms(100));
    queue.addAfter(k('a'), priority.retry, ms(50));
    queue.addAfter(k('a'), priority.periodic, ms(500));
    queue.addAfter(k('b'), priority.change, ms(60));
    await clock.advance(49);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(1_000);
    expect(await drain(queue)).toEqual(['b']);
    expect(clock.sleeping).toBe(0);
  });

  it('switches a set time off when the key is added now, keeping the better priority', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter(k('a'), priority.urgent, ms(100));
    queue.add(k('b'), priority.source);
    queue.add(k('a'), priority.periodic);
    expect(await drain(queue)).toEqual(['a', 'b']);
    await clock.advance(200);
    expect(queue.depth).toBe(0);
  });

  it('treats a delay of nothing as now', async () => {
    const { queue } = newQueue();
    queue.addAfter(k('a'), priority.periodic, ms(0));
    expect(await queue.take(open)).toBe('a');
  });

  it('keeps a time that is set during the work', async () => {
    const { clock, queue } = newQueue();
    queue.add(k('a'), priority.change);
    await queue.take(open);
    queue.addAfter(k('a'), priority.periodic, ms(10));
    queue.done(k('a'));
    expect(queue.depth).toBe(0);
    await clock.advance(10);
    expect(await queue.take(open)).toBe('a');
  });

  it('retries with growing delays until forget, not before the time that the other side asked for', async () => {
    const { clock, queue } = newQueue();
    expect(queue.addRateLimited(k('a'))).toBe(1_000);
    await clock.advance(1_000);
    expect(await drain(queue)).toEqual(['a']);
    expect(queue.addRateLimited(k('a'))).toBe(2_000);
    await clock.advance(2_000);
    expect(await drain(queue)).toEqual(['a']);
    queue.forget(k('a'));
    expect(queue.addRateLimited(k('a'), ms(7_000))).toBe(7_000);
    await clock.advance(6_999);
    expect(queue.depth).toBe(0);
  });

  it('does not delay or promote a key that was added anew while it failed', async () => {
    const { clock, queue } = newQueue();
    queue.add(k('a'), priority.change);
    await queue.take(open);
    queue.add(k('a'), priority.periodic);
    queue.addRateLimited(k('a'));
    expect([queue.depth, clock.sleeping]).toEqual([1, 0]);
  });

  it('gives waiting workers one key each, in the order of their waiting', async () => {
    const { queue } = newQueue();
    const first = queue.take(open);
    const second = queue.take(open);
    queue.add(k('a'), priority.change);
    queue.add(k('b'), priority.change);
    expect([await first, await second]).toEqual(['a', 'b']);
  });

  it('loses no key to a worker that was aborted while waiting', async () => {
    const { queue } = newQueue();
    const stop = new AbortController();
    const aborted = queue.take(stop.signal);
    const other = queue.take(open);
    stop.abort();
    expect(await aborted).toBeUndefined();
    expect(await queue.take(stop.signal)).toBeUndefined();
    queue.add(k('a'), priority.change);
    expect(await other).toBe('a');
  });

  it('drains on shutdown: hands out what is queued, also what was added during its work, and nothing new', async () => {
    const { clock, queue } = newQueue();
    queue.add(k('working'), priority.change);
    await queue.take(open);
    queue.add(k('working'), priority.change);
    queue.add(k('queued'), priority.change);
    queue.addAfter(k('later'), priority.change, ms(10));
    let drained = false;
    const shut = queue.shutDown().then(() => (drained = true));
    queue.add(k('new'), priority.urgent);
    queue.addAfter(k('new'), priority.urgent, ms(1));
    queue.addRateLimited(k('new'));
    expect(await queue.take(open)).toBe('queued');
    const last = queue.take(open);
    queue.done(k('queued'));
    queue.done(k('working'));
    expect(await last).toBe('working');
    const idle = queue.take(open);
    await clock.advance(100_000);
    expect(drained).toBe(false);
    queue.done(k('working'));
    await shut;
    expect(await idle).toBeUndefined();
    expect(await queue.take(open)).toBeUndefined();
    expect(clock.sleeping).toBe(0);
  });

  it('shows itself under the well-known metric names', async () => {
    const registry = new Registry();
    const { clock, queue } = newQueue({ metrics: createQueueMetrics(registry), name: 'externalsecret' });
    queue.add(k('a'), priority.change);
    queue.add(k('a'), priority.change);
    queue.add(k('b'), priority.change);
    await clock.advance(2_000);
    await queue.take(open);
    queue.add(k('a'), priority.change);
    queue.addRateLimited(k('c'));
    await clock.advance(500);
    await queue.take(open);
    await clock.advance(250);
    const text = await registry.metrics();
    for (const line of [
      'workqueue_depth{name="externalsecret"} 1',
      'workqueue_adds_total{name="externalsecret"} 3',
      'workqueue_retries_total{name="externalsecret"} 1',
      'workqueue_queue_duration_seconds_sum{name="externalsecret"} 4.5',
      'workqueue_unfinished_work_seconds{name="externalsecret"} 1',
      'workqueue_longest_running_processor_seconds{name="externalsecret"} 0.75',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    queue.done(k('a'));
    expect(await registry.metrics()).toContain('workqueue_work_duration_seconds_sum{name="externalsecret"} 0.75');
  });
});

describe('workers that are shared out by namespace', () => {
  /** As many workers as there are for `concurrency`, each with its first key or waiting for one. */
  async function working(concurrency: number, keys: readonly string[]) {
    const { queue } = newQueue({ sharesWorkers: true });
    const taken: Key[] = [];
    const stop = new AbortController();
    for (const key of keys) queue.add(k(key), priority.urgent);
    for (let worker = 0; worker < capacityFor(concurrency); worker += 1) {
      void queue.take(stop.signal).then((key) => key !== undefined && taken.push(key));
    }
    await settle();
    return { queue, taken, stop };
  }

  const many = Array.from({ length: 200 }, (_, n) => `many/${n}`);

  it('are all that one namespace may have where nobody else waits, and free for another at once', async () => {
    const { queue, taken } = await working(64, many);
    expect(taken).toHaveLength(64);
    queue.add(k('quiet/new'), priority.periodic);
    await settle();
    expect(taken.at(-1)).toBe('quiet/new');
  });

  it('go on with the keys of the namespace as its others end', async () => {
    const { queue, taken } = await working(64, many);
    for (const key of taken.splice(0, 10)) {
      queue.done(key);
      void queue.take(open);
    }
    expect(queue.running).toBe(64);
    expect(queue.depth).toBe(200 - 74);
  });

  it('are given to less urgent keys of others where the urgent ones are all of one namespace', async () => {
    const { queue, taken } = await working(4, many);
    expect(taken).toHaveLength(4);
    queue.add(k('quiet/refresh'), priority.periodic);
    await settle();
    expect(taken.at(-1)).toBe('quiet/refresh');
  });

  it('end with the queue, with keys that had to wait', async () => {
    const { queue, taken } = await working(4, many.slice(0, 6));
    const drained = queue.shutDown();
    for (let key = taken.shift(); key !== undefined; key = taken.shift()) {
      queue.done(key);
      await settle();
    }
    // The two workers that are left take no more than what is there.
    for (let key = await queue.take(open); key !== undefined; key = await queue.take(open)) queue.done(key);
    await drained;
    expect(queue.depth).toBe(0);
  });
});
