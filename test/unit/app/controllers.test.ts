import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { type Key, keyOf } from '../../../src/base/key.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { priority } from '../../../src/base/priority.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { controllersOf, createQueues, runControllers } from '../../../src/app/controllers.ts';
import type { Config } from '../../../src/config.ts';
import { wholeInstallation } from '../../../src/app/shard.ts';
import { done } from '../../../src/reconcile/shared/work.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { createReconcileMetrics } from '../../../src/telemetry/metrics/reconcile-metrics.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { toyController, toyDialect } from './toy-controller.ts';

const toy = toyController(toyDialect);

describe('createQueues', () => {
  it('keeps the keys that this process does not own out of the queues of all controllers', async () => {
    const [clock, asked] = [new FakeClock(), new Set<string>()];
    const owns = (key: Key): boolean => {
      asked.add(key);
      return key !== 'team/theirs';
    };
    const queues = createQueues([...controllersOf(keytender), toy], {
      clock,
      metrics: createQueueMetrics(createRegistry('test')),
      owns,
    });
    for (const queue of queues.all()) {
      for (const name of ['mine', 'theirs']) queue.add(keyOf('team', name), priority.change);
      queue.addAfter(keyOf('team', 'theirs'), priority.change, ms(1_000));
    }
    await clock.advance(2_000);
    expect(Array.from(queues.all(), ({ depth }) => depth)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect([...asked]).toEqual(['team/mine', 'team/theirs']);
  });
});

describe('two controllers', () => {
  const options = () => ({ clock: new FakeClock(), metrics: createQueueMetrics(createRegistry('test')), owns: wholeInstallation.owns });
  const [other] = controllersOf(exampleDialect);

  it('of two groups have a queue each, in the order of the list, with a name each', () => {
    const controllers = controllersOf(keytender, exampleDialect);
    const queues = createQueues(controllers, options());
    expect(new Set(queues.all()).size).toBe(10);
    expect(controllers.map(({ name }) => name)).toEqual([
      'secretstore',
      'clustersecretstore',
      'externalsecret',
      'secretstore.secrets.example.com',
      'clustersecretstore.secrets.example.com',
      'externalsecret.secrets.example.com',
      'deployment',
      'statefulset',
      'daemonset',
      'rollout',
    ]);
  });

  it('may not have one kind, nor one name', () => {
    expect(() => createQueues([toy, { ...toy, name: 'another' }], options())).toThrow(
      new TypeError('controllers: toys.keytender.dev is there twice'),
    );
    expect(() => createQueues([toy, { ...other!, name: toy.name }], options())).toThrow(
      new TypeError('names of controllers: toy is there twice'),
    );
    expect(() => createClusterView({ kinds: [toy.kind, toy.kind], supporting: [] })).toThrow(
      new TypeError('two controllers reconcile toys.keytender.dev'),
    );
  });
});

describe('runControllers', () => {
  it('leaves the event loop to others between reconciles that need no input or output', async () => {
    const clock = new FakeClock();
    const registry = createRegistry('test');
    const queues = createQueues([toy], { clock, metrics: createQueueMetrics(registry), owns: wholeInstallation.owns });
    for (let index = 0; index < 100; index += 1) queues.of('toys.keytender.dev').add(keyOf('team', `toy-${index}`), priority.change);
    let now = 0;
    const counted = { reconciles: 0 };
    const reconcile = async () => {
      now += 1;
      counted.reconciles += 1;
      return done;
    };
    const stop = new AbortController();
    const running = runControllers([{ controller: toy, started: { reconcile } }], {
      queues,
      config: {} as Config,
      clock,
      metrics: createReconcileMetrics(registry),
      logger: createLogger({ level: 'error', format: 'json', stream: { write: () => undefined } }),
      slices: new TimeSlices({ now: () => now, slice: ms(5) }),
      watched: (_controller, watched) => (key, signal) => watched(key, signal, () => undefined),
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
