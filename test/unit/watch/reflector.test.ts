import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import { describeSilent, describePendingLists } from '../../../src/watch/health.ts';
import type { EventHandler } from '../../../src/watch/port.ts';
import { Reflector, type ReflectorOptions } from '../../../src/watch/reflector.ts';
import { keyOfObject, Store } from '../../../src/watch/store.ts';
import { FakeClock, settle, settleSlices } from '../../support/fake-clock.ts';
import { ScriptedListWatcher, type Thing, thing } from './objects.ts';

const listed = (...objects: Thing[]) => ({ kind: 'replace' as const, objects, resourceVersion: '1' });
const down: KubeFailure = { kind: 'unavailable', status: 503, message: 'list secrets: unavailable' };
const refused: KubeFailure = { kind: 'forbidden', status: 403, message: 'list secrets: forbidden' };

type StartOptions = Partial<Pick<ReflectorOptions<Thing>, 'namespaces' | 'handlers' | 'slices' | 'onListed'>>;

function start(options: StartOptions = {}) {
  const clock = new FakeClock();
  const listWatcher = new ScriptedListWatcher();
  const store = new Store<Thing>();
  const seen: string[] = [];
  const failures: [string, string][] = [];
  const handlerErrors: unknown[] = [];
  const synced: string[] = [];
  const record: EventHandler<Thing> = ({ type, object, initial }) => {
    seen.push(`${type} ${object.metadata.namespace}/${object.metadata.name}${initial === true ? ' (initial)' : ''}`);
  };
  const reflector = new Reflector<Thing>({
    listWatcher,
    request: { type: builtin.secret, labelSelector: 'managed', transform: (object) => object as Thing },
    namespaces: options.namespaces ?? [''],
    store,
    handlers: [...(options.handlers ?? []), record],
    clock,
    slices: options.slices ?? new TimeSlices({ now: () => 0 }),
    ...(options.onListed !== undefined && { onListed: options.onListed }),
    onSynced: (namespace) => void synced.push(namespace),
    onFailure: (failure, namespace) => failures.push([failure.kind, namespace]),
    onHandlerError: (error) => handlerErrors.push(error),
  });
  const stop = new AbortController();
  const run = reflector.run(stop.signal);
  return { clock, listWatcher, store, seen, synced, failures, handlerErrors, reflector, stop, run };
}

describe('Reflector', () => {
  it('feeds the store and the handlers; only what the first list finds is initial', async () => {
    const { listWatcher, store, seen, reflector, stop, run } = start();
    expect(reflector.hasSynced).toBe(false);
    listWatcher.push('', listed(thing('a'), thing('b')));
    await reflector.whenSynced;
    expect(reflector.hasSynced).toBe(true);
    listWatcher.push(
      '',
      { kind: 'connected' },
      { kind: 'modified', object: thing('a', { version: 2 }) },
      { kind: 'modified', object: thing('a', { version: 2 }) },
      { kind: 'bookmark', resourceVersion: '9' },
      listed(thing('a', { version: 2 }), thing('c')),
    );
    await settle();
    expect(seen).toEqual(['added team/a (initial)', 'added team/b (initial)', 'modified team/a', 'deleted team/b', 'added team/c']);
    expect(store.size).toBe(2);
    expect(listWatcher.requests).toMatchObject([{ type: builtin.secret, labelSelector: 'managed', namespace: '' }]);
    stop.abort();
    await run;
  });

  it('takes the events after a list when all that follows the list is done', async () => {
    const after = Promise.withResolvers<void>();
    const lists: string[] = [];
    const onListed: StartOptions['onListed'] = (namespace) => {
      lists.push(namespace);
      return after.promise;
    };
    const { listWatcher, seen, reflector, stop, run } = start({ namespaces: ['team'], onListed });
    listWatcher.push('team', listed(thing('a')), { kind: 'modified', object: thing('a', { version: 2 }) });
    await settleSlices();
    expect([lists, seen, reflector.hasSynced]).toEqual([['team'], ['added team/a (initial)'], false]);
    after.resolve();
    await settleSlices();
    expect([seen.length, reflector.hasSynced]).toEqual([2, true]);
    stop.abort();
    await run;
  });

  it('has the store up to date when a handler is called', async () => {
    const known: boolean[] = [];
    const holder: { store?: Store<Thing> } = {};
    const started = start({ handlers: [({ object }) => known.push(holder.store?.get(keyOfObject(object)) === object)] });
    holder.store = started.store;
    started.listWatcher.push('', listed(thing('a'), thing('b')), { kind: 'modified', object: thing('a', { version: 2 }) });
    await started.reflector.whenSynced;
    await settle();
    expect(known).toEqual([true, true, true]);
    started.stop.abort();
    await started.run;
  });

  it('takes a long list in by slices of the event loop, and counts as listed at its end', async () => {
    const time = { now: 0 };
    const order: string[] = [];
    const handler: EventHandler<Thing> = ({ type, object }) => {
      order.push(`${type} ${object.metadata.name}`);
      time.now += 2;
    };
    const slices = new TimeSlices({ now: () => time.now, slice: ms(5) });
    const { listWatcher, reflector, stop, run } = start({ handlers: [handler], slices });
    const objects = Array.from({ length: 10 }, (_, index) => thing(`o${index}`));
    listWatcher.push('', listed(...objects), { kind: 'deleted', object: thing('o9') }, listed(...objects.slice(3, 6), thing('new')));
    for (let iteration = 0; iteration < 12; iteration += 1) {
      await nextIteration();
      order.push(reflector.hasSynced ? 'synced |' : '|');
    }
    const [first = '', after = ''] = order.join(' ').split('deleted o9');
    expect(first).not.toContain('synced');
    // A step that begins within the slice may end after it.
    expect(Math.max(...first.split('|').map((iteration) => iteration.match(/added/g)?.length ?? 0))).toBe(3);
    expect(first.match(/added/g)).toHaveLength(10);
    expect(after.match(/\w+ (o\d|new)/g)?.join(' ')).toBe('deleted o0 deleted o1 deleted o2 deleted o6 deleted o7 deleted o8 added new');
    expect(reflector.hasSynced).toBe(true);
    stop.abort();
    await run;
  });

  it('watches each namespace by itself and is synced when all are', async () => {
    const { listWatcher, store, seen, reflector, stop, run } = start({ namespaces: ['one', 'two'] });
    listWatcher.push('one', listed(thing('a', {}, 'one')), listed(thing('a', {}, 'one')));
    await settle();
    expect([reflector.hasSynced, describePendingLists([reflector])]).toEqual([false, 'not listed yet: Secret']);
    listWatcher.push('two', listed(thing('a', {}, 'two')));
    await reflector.whenSynced;
    listWatcher.push('one', listed());
    await settle();
    expect(seen).toEqual(['added one/a (initial)', 'added two/a (initial)', 'deleted one/a']);
    expect([store.size, describePendingLists([reflector])]).toEqual([1, undefined]);
    stop.abort();
    await run;
  });

  it('settles where a namespace is refused, knows which one is listed, and tells when the other is', async () => {
    const { listWatcher, reflector, synced, stop, run } = start({ namespaces: ['gone', 'there'] });
    listWatcher.push('gone', { kind: 'error', failure: refused });
    await settle();
    expect([reflector.hasListedOrFailed, describePendingLists([reflector])]).toEqual([false, 'not listed yet: Secret']);
    listWatcher.push('there', listed(thing('a', {}, 'there')));
    await reflector.whenListedOrFailed;
    expect([reflector.hasSynced, describePendingLists([reflector]), synced]).toEqual([false, undefined, ['there']]);
    expect(['gone', 'there', 'elsewhere'].map((namespace) => reflector.isSynced(namespace))).toEqual([false, true, false]);
    expect(reflector.scopes).toEqual([
      { namespace: 'gone', synced: false, problem: refused },
      { namespace: 'there', synced: true, problem: undefined },
    ]);
    listWatcher.push('gone', listed(), listed());
    await settle();
    expect([reflector.hasSynced, reflector.isSynced('gone'), synced]).toEqual([true, true, ['there', 'gone']]);
    stop.abort();
    await run;
  });

  it('waits for an API server that is down, but not for ever for one list that alone fails', async () => {
    const { listWatcher, reflector, stop, run } = start();
    const failing = { kind: 'error' as const, failure: down };
    listWatcher.push('', failing, failing, failing, failing, failing);
    await settle();
    expect(reflector.hasListedOrFailed).toBe(false);
    listWatcher.push('', failing);
    await reflector.whenListedOrFailed;
    expect(reflector.isSynced('team')).toBe(false);
    listWatcher.push('', listed());
    await reflector.whenSynced;
    expect(reflector.isSynced('team')).toBe(true);
    stop.abort();
    await run;
  });

  it('goes on when a handler throws, and reports it', async () => {
    const { listWatcher, seen, handlerErrors, reflector, stop, run } = start({
      handlers: [
        () => {
          throw new TypeError('bug');
        },
      ],
    });
    listWatcher.push('', listed(thing('a')), { kind: 'deleted', object: thing('a', { version: 2 }) });
    await reflector.whenSynced;
    await settle();
    expect(seen).toEqual(['added team/a (initial)', 'deleted team/a']);
    expect(handlerErrors).toEqual([new TypeError('bug'), new TypeError('bug')]);
    stop.abort();
    await run;
  });

  it('reports failures, keeps what it knows, and counts them as signs of life', async () => {
    const { clock, listWatcher, store, failures, reflector, stop, run } = start({ namespaces: ['one', 'two'] });
    const began = clock.monotonic();
    const silent = (): string | undefined => describeSilent([reflector], clock, ms(600_000), began);
    expect(reflector.lastEventAt).toBeUndefined();
    listWatcher.push('one', listed(thing('a', {}, 'one')));
    listWatcher.push('two', listed());
    await clock.advance(600_001);
    listWatcher.push('one', { kind: 'error', failure: down });
    await settle();
    expect(failures).toEqual([['unavailable', 'one']]);
    expect([store.size, reflector.lastEventAt]).toEqual([1, began]);
    expect(silent()).toBe('no sign of life: Secret for 10m');
    listWatcher.push('two', { kind: 'bookmark', resourceVersion: '2' });
    await settle();
    expect(reflector.lastEventAt).toBe(began + 600_001);
    expect(silent()).toBeUndefined();
    stop.abort();
    await run;
  });

  it('rejects, and stops the other namespaces, when a watch ends by itself or throws', async () => {
    const ended = start({ namespaces: ['one', 'two'] });
    ended.listWatcher.push('two', 'end');
    await expect(ended.run).rejects.toThrow('the watch of Secret in namespace "two" ended by itself');
    expect(ended.listWatcher.requests.map(({ signal }) => signal.aborted)).toEqual([true, true]);

    const thrown = start();
    thrown.listWatcher.push('', new RangeError('bug'));
    await expect(thrown.run).rejects.toThrow(RangeError);
  });

  it('refuses to watch no namespace at all', () => {
    expect(() => start({ namespaces: [] })).toThrow(TypeError);
  });
});
