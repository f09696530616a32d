// The renderer behind its port: it may take long, be aborted, and reject, as one in another thread may.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as immediate } from 'node:timers/promises';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { keyOf, nameOf } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { runWorkers } from '../../../src/queue/worker.ts';
import type { Renderer } from '../../../src/render/port.ts';
import { plainRenderer } from '../../../src/render/render-secret.ts';
import { NAMESPACE, World } from './world.ts';

const data = [{ secretKey: 'password', remoteRef: { key: 'db' } }];
const plain = plainRenderer(keytender.reservedDomains);
const CANARY = 'canary-of-the-renderer';

/** ExternalSecrets of these names, of which the first has a template with the label `slow`. */
function world(...names: readonly string[]): World {
  const made = new World();
  made.values.put('db', CANARY);
  for (const name of names) {
    const template = name === names[0] ? { template: { metadata: { labels: { slow: '' } } } } : {};
    made.apply(name, { data, target: { name, ...template } });
  }
  made.sync();
  return made;
}

const isSlow = (labels: Readonly<Record<string, string>> = {}): boolean => 'slow' in labels;

/** Renders at once, but for what is slow: that is rendered when `end` is called. `render`: what is done then. */
function slowRenderer(render: Renderer['render'] = (...wanted) => plain.render(...wanted)) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const renderer: Renderer = {
    async render(...wanted) {
      if (!isSlow(wanted[0].labels)) return await plain.render(...wanted);
      started.resolve();
      await ended;
      return await render(...wanted);
    },
  };
  return { renderer, started: started.promise, end };
}

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
});

describe('a slow renderer', () => {
  it('holds up no other reconcile, though there is one worker, and ends with its Secret', async () => {
    const made = world('slow', 'one', 'two');
    const { renderer, started, end } = slowRenderer();
    made.renderer = renderer;
    const queue = new WorkQueue({ name: 'tests', clock: made.clock });
    const stop = new AbortController();
    const running = runWorkers({
      queue,
      clock: made.clock,
      concurrency: 1,
      slowAfter: ms(1_000),
      reconcile: async (key, cut) => {
        const result = await made.reconcile(nameOf(key).name, cut);
        if (result === 'crashed') throw new Error(result);
        return result;
      },
      onError: (error) => {
        throw error;
      },
      signal: stop.signal,
    });
    for (const name of ['slow', 'one', 'two']) queue.add(keyOf(NAMESPACE, name), priority.change);
    await started;
    await made.clock.advance(1_000);
    for (let turn = 0; turn < 20; turn += 1) await immediate();
    expect(['slow', 'one', 'two'].map((name) => made.secret(name) !== undefined)).toEqual([false, true, true]);
    end();
    for (let turn = 0; turn < 20; turn += 1) await immediate();
    expect(made.ready('slow')).toBe('SecretSynced');
    stop.abort();
    await queue.shutDown();
    await running;
  });

  it('holds up no other writer of the same Secret', async () => {
    const made = world('slow');
    made.api.put(builtin.secret, { metadata: { name: 'shared', namespace: NAMESPACE } });
    const template = { metadata: { labels: { slow: '' } } };
    const shared = { name: 'shared', creationPolicy: 'Merge' } as const;
    made.apply('slow', { data, target: { ...shared, template } });
    made.apply('other', { data: [{ secretKey: 'other', remoteRef: { key: 'db' } }], target: shared });
    made.sync();
    const { renderer, started, end } = slowRenderer();
    made.renderer = renderer;
    const slow = made.reconcile('slow');
    await started;
    await made.reconcile('other');
    expect(Object.keys(made.data('shared') ?? {})).toEqual(['other']);
    end();
    await slow;
    expect(Object.keys(made.data('shared') ?? {})).toEqual(['other', 'password']);
  });
});

describe('an abort while the renderer works', () => {
  const reason = new DOMException('the lease is lost', 'AbortError');

  it.each<[string, Renderer['render'] | undefined]>([
    ['goes on and then renders', undefined],
    ['goes on and then rejects', () => Promise.reject(new Error(CANARY))],
  ])('ends the reconcile without a write, also where the renderer %s', async (_what, render) => {
    const made = world('slow');
    const { renderer, started, end } = slowRenderer(render);
    made.renderer = renderer;
    const abort = new AbortController();
    const ending = made.reconcile('slow', abort.signal).then(
      () => 'ended',
      (error: unknown) => error,
    );
    await started;
    abort.abort(reason);
    expect(await ending).toBe(reason);
    end();
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect([made.api.writes, made.errors, unhandled]).toEqual([[], [], []]);
  });

  it('ends it also where the renderer ends in the same moment, and where it rejects with the reason', async () => {
    for (const rejects of [false, true]) {
      const made = world('slow');
      const abort = new AbortController();
      made.renderer = {
        render: async (template, values, signal) => {
          abort.abort(reason);
          if (rejects) signal.throwIfAborted();
          return await plain.render(template, values, new AbortController().signal);
        },
      };
      await expect(made.reconcile('slow', abort.signal)).rejects.toBe(reason);
      expect([made.api.writes, made.errors]).toEqual([[], []]);
    }
  });
});

describe('a renderer that rejects', () => {
  const defects: readonly [string, Renderer['render']][] = [
    ['with an error', () => Promise.reject(new TypeError(`no ${CANARY}`))],
    ['with an abort of its own', () => Promise.reject(new DOMException(CANARY, 'TimeoutError'))],
    ['with anything', () => Promise.reject(CANARY)],
    [
      'by throwing at once',
      () => {
        throw new RangeError(CANARY);
      },
    ],
  ];

  it.each(defects)('is reported as a condition, and tried again by the queue: %s', async (_how, render) => {
    const made = world('orders');
    made.renderer = { render };
    expect(await made.reconcile('orders')).toEqual({ kind: 'retry' });
    expect(made.resource('orders')?.status?.conditions).toMatchObject([
      {
        type: 'Ready',
        status: 'False',
        reason: 'InternalError',
        message: expect.stringContaining('the content of the Secret could not be rendered'),
      },
    ]);
    expect([made.secret('orders'), made.errors.length, unhandled]).toEqual([undefined, 1, []]);
    expect(JSON.stringify([made.resource('orders'), made.events, made.errors])).not.toContain(CANARY);
    made.renderer = plain;
    made.sync();
    expect(await made.reconcile('orders')).toEqual({ kind: 'done' });
    expect(made.ready('orders')).toBe('SecretSynced');
  });

  it('leaves the Secret as it was last written', async () => {
    const made = world('orders');
    await made.settle('orders');
    made.values.put('db', 'another');
    made.source.refresh();
    made.renderer = { render: () => Promise.reject(new Error(CANARY)) };
    made.sync();
    await made.reconcile('orders');
    expect([made.ready('orders'), made.data('orders')]).toEqual(['InternalError', { password: CANARY }]);
  });
});
