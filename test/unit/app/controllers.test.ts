import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { keyOf } from '../../../src/base/key.ts';
import { ms } from '../../../src/base/clock.ts';
import { priority } from '../../../src/base/priority.ts';
import { TimeSlices } from '../../../src/base/time-slices.ts';
import { createQueues, runControllers } from '../../../src/app/controllers.ts';
import type { Config } from '../../../src/config.ts';
import { done } from '../../../src/reconcile/shared/work.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createQueueMetrics } from '../../../src/telemetry/queue-metrics.ts';
import { createReconcileMetrics } from '../../../src/telemetry/reconcile-metrics.ts';
import { createRegistry } from '../../../src/telemetry/registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { toyController } from './toy-controller.ts';

describe('runControllers', () => {
  it('leaves the event loop to others between reconciles that need no input or output', async () => {
    const clock = new FakeClock();
    const registry = createRegistry('test');
    const queues = createQueues([toyController], { clock, metrics: createQueueMetrics(registry) });
    for (let index = 0; index < 100; index += 1) queues.of('toy').add(keyOf('team', `toy-${index}`), priority.change);
    let now = 0;
    const counted = { reconciles: 0 };
    const reconcile = async () => {
      now += 1;
      counted.reconciles += 1;
      return done;
    };
    const stop = new AbortController();
    const running = runControllers([{ controller: toyController, started: { reconcile } }], {
      queues,
      config: {} as Config,
      clock,
      metrics: createReconcileMetrics(registry),
      logger: createLogger({ level: 'error', format: 'json', stream: { write: () => undefined } }),
      slices: new TimeSlices({ now: () => now, slice: ms(5) }),
      signal: stop.signal,
    });
    const inOneTurn: number[] = [];
    while (counted.reconciles < 100) {
      const before = counted.reconciles;
      await nextTurn();
      inOneTurn.push(counted.reconciles - before);
    }
    stop.abort(new DOMException('the test is over', 'AbortError'));
    await running;
    expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(10);
  });
});
