import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { type Clock, ms } from '../../../src/base/time/clock.ts';
import type { Key } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { runWorkers, type WorkersOptions } from '../../../src/queue/worker.ts';
import { createReconcileMetrics } from '../../../src/telemetry/metrics/reconcile-metrics.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const k = (name: string): Key => name as Key;
const done: WorkResult = { kind: 'done' };

function running(reconcile: WorkersOptions['reconcile'], options: Partial<WorkersOptions> = {}) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ name: 'test', clock, random: () => 0 });
  const stop = new AbortController();
  const errors: [unknown, Key][] = [];
  const onError = (error: unknown, key: Key): void => {
    errors.push([error, key]);
  };
  // Slow keys, for which further workers start, have tests of their own.
  const slowAfter = ms(24 * 3_600_000);
  const ended = runWorkers({ queue, clock, concurrency: 2, slowAfter, reconcile, onError, signal: stop.signal, ...options });
  return { clock, queue, stop, errors, ended };
}

const SLOW_AFTER_1_S = { slowAfter: ms(1_000) };

describe('runWorkers', () => {
  it('works with as many keys at a time as it may, never with one twice', async () => {
    const active = new Set<Key>();
    let most = 0;
    let worked = 0;
    const { clock, queue, stop, ended } = running(
      async (key) => {
        expect(active.has(key)).toBe(false);
        active.add(key);
        most = Math.max(most, active.size);
        await clock.sleep(ms(10), new AbortController().signal);
        active.delete(key);
        worked += 1;
        return done;
      },
      { concurrency: 3 },
    );
    for (const name of ['a', 'b', 'c', 'd', 'e', 'a']) queue.add(k(name), priority.change);
    await clock.advance(5);
    queue.add(k('a'), priority.change);
    await clock.advance(50);
    expect([most, worked, active.size]).toEqual([3, 6, 0]);
    stop.abort();
    await ended;
  });

  it('starts further workers while keys take long, goes back to the usual number, and ends with all of them', async () => {
    const hung = Promise.withResolvers<void>();
    const started: Key[] = [];
    const { clock, queue, stop, ended } = running(async (key) => {
      started.push(key);
      if (key.startsWith('slow')) await hung.promise;
      else await clock.sleep(ms(10), new AbortController().signal);
      return done;
    }, SLOW_AFTER_1_S);
    for (const name of ['slow-1', 'slow-2', 'slow-3', 'a']) queue.add(k(name), priority.change);
    await clock.advance(999);
    expect(started).toEqual(['slow-1', 'slow-2']);
    await clock.advance(1);
    expect(started).toEqual(['slow-1', 'slow-2', 'slow-3', 'a']);
    await clock.advance(10);
    hung.resolve();
    await settle();
    started.length = 0;
    for (const name of ['b', 'c', 'd', 'e']) queue.add(k(name), priority.change);
    await settle();
    expect(started).toEqual(['b', 'c']);
    await clock.advance(10);
    expect(started).toEqual(['b', 'c', 'd', 'e']);
    await clock.advance(10);
    stop.abort();
    await ended;
  });

  it('limits the number of further workers', async () => {
    const hung = Promise.withResolvers<void>();
    let active = 0;
    const { clock, queue, stop, ended } = running(
      async () => {
        active += 1;
        await hung.promise;
        return done;
      },
      { ...SLOW_AFTER_1_S, concurrency: 1 },
    );
    for (let index = 0; index < 20; index += 1) queue.add(k(`k${index}`), priority.change);
    for (let second = 0; second < 30; second += 1) await clock.advance(1_000);
    expect(active).toBe(8);
    stop.abort();
    hung.resolve();
    await ended;
    expect(active).toBe(8);
  });

  it('starts no further worker for a key that waits for other keys, until its wait has ended', async () => {
    const hung = Promise.withResolvers<void>();
    const started: Key[] = [];
    const waiting = new Set([k('a'), k('b')]);
    const { clock, queue, stop, ended } = running(
      async (key) => {
        started.push(key);
        if (key !== k('c')) await hung.promise;
        return done;
      },
      { ...SLOW_AFTER_1_S, isWaiting: (key) => waiting.has(key) },
    );
    for (const name of ['a', 'b', 'c']) queue.add(k(name), priority.change);
    await clock.advance(10_500);
    expect(started).toEqual(['a', 'b']);
    waiting.delete(k('b'));
    await clock.advance(1_000);
    expect(started).toEqual(['a', 'b', 'c']);
    hung.resolve();
    stop.abort();
    await ended;
    expect(clock.sleeping).toBe(0);
  });

  it('keeps no memory of slow keys that have ended, however many there were', async () => {
    const clock = new FakeClock();
    const signals: WeakRef<AbortSignal>[] = [];
    const watching: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (duration, signal) => {
        signals.push(new WeakRef(signal));
        return clock.sleep(duration, signal);
      },
    };
    const { queue, stop, ended } = running(
      async () => {
        await clock.sleep(ms(1_500), new AbortController().signal);
        return done;
      },
      { ...SLOW_AFTER_1_S, clock: watching, concurrency: 1 },
    );
    for (let index = 0; index < 50; index += 1) {
      queue.add(k(`k${index}`), priority.change);
      await clock.advance(2_000);
    }
    collectGarbage();
    await settle();
    collectGarbage();
    expect(signals.length).toBeGreaterThanOrEqual(50);
    expect(signals.filter((signal) => signal.deref() !== undefined).length).toBeLessThan(5);
    stop.abort();
    await ended;
  });

  it('brings a key back when the reconcile says so', async () => {
    const times: number[] = [];
    const { clock, queue, stop, ended } = running(async () => {
      times.push(clock.monotonic() - 1_000);
      return times.length < 3 ? { kind: 'requeue', after: ms(500) } : done;
    });
    queue.add(k('a'), priority.change);
    await clock.advance(10_000);
    expect(times).toEqual([0, 500, 1_000]);
    stop.abort();
    await ended;
  });

  it('retries failures and throws with backoff, reports only what was thrown, and goes on', async () => {
    const times: number[] = [];
    const bug = new Error('bug');
    const results: (WorkResult | Error)[] = [{ kind: 'retry' }, bug, { kind: 'retry', retryAfterMs: 9_000 }, done, { kind: 'retry' }, done];
    const { clock, queue, stop, errors, ended } = running(async () => {
      times.push(clock.monotonic() - 1_000);
      const next = results[times.length - 1] ?? done;
      if (next instanceof Error) throw next;
      return next;
    });
    queue.add(k('a'), priority.change);
    await clock.advance(60_000);
    expect(times).toEqual([0, 1_000, 3_000, 12_000]);
    expect(errors).toEqual([[bug, 'a']]);
    queue.add(k('a'), priority.change);
    await clock.advance(60_000);
    expect(times.slice(4)).toEqual([60_000, 61_000]);
    stop.abort();
    await ended;
  });

  it('catches what a reconcile throws before its first await', async () => {
    const { clock, queue, stop, errors, ended } = running(() => {
      throw new RangeError('synchronous');
    });
    queue.add(k('a'), priority.change);
    await clock.advance(0);
    expect(errors).toHaveLength(1);
    stop.abort();
    await ended;
  });

  it('takes nothing after the stop, but lets what runs finish', async () => {
    const finished: Key[] = [];
    const { clock, queue, stop, ended } = running(
      async (key, signal) => {
        await clock.sleep(ms(5_000), signal);
        finished.push(key);
        return done;
      },
      { concurrency: 1 },
    );
    queue.add(k('running'), priority.change);
    queue.add(k('waiting'), priority.change);
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(4_000);
    await ended;
    expect(finished).toEqual(['running']);
    expect(queue.depth).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it('aborts what still runs when the grace is over, without calling that an error', async () => {
    const { clock, queue, stop, errors, ended } = running(async (_key, signal) => {
      await clock.sleep(ms(3_600_000), signal);
      return done;
    });
    queue.add(k('a'), priority.change);
    await settle();
    stop.abort(new Error('stop'));
    let over = false;
    const after = ended.then(() => (over = true));
    await clock.advance(7_999);
    expect(over).toBe(false);
    await clock.advance(1);
    await after;
    expect(errors).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('ends when the queue is shut down and drained', async () => {
    const worked: Key[] = [];
    const { queue, ended } = running(async (key) => {
      worked.push(key);
      return done;
    });
    queue.add(k('a'), priority.change);
    await queue.shutDown();
    await ended;
    expect(worked).toEqual(['a']);
  });

  it('counts results, times, workers and panics', async () => {
    const registry = new Registry();
    const metrics = createReconcileMetrics(registry).forController('externalsecret', 2);
    const { clock, queue, stop, ended } = running(
      async (key) => {
        await clock.sleep(ms(250), new AbortController().signal);
        if (key === 'panic') throw new Error('bug');
        if (key === 'later') return { kind: 'requeue', after: ms(3_600_000) };
        return key === 'bad' ? { kind: 'retry', retryAfterMs: 3_600_000 } : done;
      },
      { metrics },
    );
    for (const name of ['good', 'bad', 'later', 'panic']) queue.add(k(name), priority.change);
    await clock.advance(100);
    expect(await registry.metrics()).toContain('controller_runtime_active_workers{controller="externalsecret"} 2');
    await clock.advance(500);
    const lines = (await registry.metrics()).split('\n');
    for (const line of [
      'controller_runtime_reconcile_total{controller="externalsecret",result="success"} 1',
      'controller_runtime_reconcile_total{controller="externalsecret",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="externalsecret",result="error"} 2',
      'controller_runtime_reconcile_panics_total{controller="externalsecret"} 1',
      'controller_runtime_reconcile_time_seconds_sum{controller="externalsecret"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="externalsecret"} 2',
      'controller_runtime_active_workers{controller="externalsecret"} 0',
    ]) {
      expect(lines).toContain(line);
    }
    stop.abort();
    await ended;
  });
});
