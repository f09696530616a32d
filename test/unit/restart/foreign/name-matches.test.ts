// Expressions against the names of a namespace: what matches, what comes and goes, bounds and time slices.
import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, record, subarray } from 'fast-check';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { NameMatches } from '../../../../src/restart/foreign/name-matches.ts';
import { compilePattern } from '../../../../src/restart/reloader/name-pattern.ts';
import type { NamesListener } from '../../../../src/watch/port.ts';
import { ObjectVersions } from '../../../../src/watch/object-versions.ts';
import { FakeClock, settleSlices } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { MemoryListWatcher } from '../../../support/fakes/memory-list-watcher.ts';

const none = { Secret: [], ConfigMap: [] };

function scene(more: { maxPatterns?: number; slices?: TimeSlices } = {}) {
  const api = new MemoryApi();
  const changes: string[] = [];
  const defects: unknown[] = [];
  const onDefect = (error: unknown): void => void defects.push(error);
  const { signal } = new AbortController();
  const watcher = new MemoryListWatcher(api);
  const failures = { onError: onDefect, onDefect, onFailure: () => undefined };
  const versions = new ObjectVersions({ watcher, clusterWide: true, clock: new FakeClock(), signal, ...failures });
  const onChange = (consumer: string): void => void changes.push(consumer);
  const matches = new NameMatches({ versions, slices: new TimeSlices(), onChange, onDefect, signal, ...more });
  const put = (name: string, namespace = 'team'): void => api.put(builtin.configMap, { metadata: { name, namespace }, data: {} });
  const names = (consumer: string): readonly string[] =>
    matches
      .of(consumer)
      .sources.map(({ name }) => name)
      .toSorted();
  const configMaps = (...patterns: string[]) => ({ Secret: [], ConfigMap: patterns });
  return { api, matches, changes, defects, put, names, configMaps, versions };
}

describe('the names that match', () => {
  it('are found, and found no more when they go', async () => {
    const { api, matches, put, names, configMaps, changes } = scene();
    for (const name of ['app-1', 'db', 'web']) put(name);
    matches.declare('a', 'team', configMaps('app-.*', 'd.'));
    expect(matches.of('a')).toEqual({ sources: [], isComplete: false, hasMore: false, invalid: [] });
    await settleSlices();
    expect(names('a')).toEqual(['app-1', 'db']);
    expect(matches.of('a').isComplete).toBe(true);
    changes.splice(0);
    put('app-2');
    put('other');
    await settleSlices();
    expect(names('a')).toEqual(['app-1', 'app-2', 'db']);
    expect(changes).toEqual(['a']);
    api.remove(builtin.configMap, 'team', 'app-1');
    await settleSlices();
    expect(names('a')).toEqual(['app-2', 'db']);
    expect(changes).toEqual(['a', 'a']);
  });

  it('are of the kind and the namespace of the consumer', async () => {
    const { api, matches, put, names } = scene();
    put('app-1', 'other');
    api.put(builtin.secret, { metadata: { name: 'app-2', namespace: 'team' }, data: {} });
    matches.declare('a', 'team', { Secret: ['app-.*'], ConfigMap: [] });
    await settleSlices();
    expect(matches.of('a').sources).toEqual([{ kind: 'Secret', name: 'app-2' }]);
    expect(names('nobody')).toEqual([]);
  });

  it('are known to a consumer that shares an expression', async () => {
    const { matches, put, names, configMaps } = scene();
    put('app-1');
    matches.declare('a', 'team', configMaps('app-.*'));
    await settleSlices();
    matches.declare('b', 'team', configMaps('app-.*'));
    expect(names('b')).toEqual(['app-1']);
    matches.declare('a', 'team', none);
    expect([names('a'), names('b')]).toEqual([[], ['app-1']]);
  });

  it('are told also if there are none, and invalid expressions are named', async () => {
    const { matches, configMaps, changes } = scene();
    matches.declare('a', 'team', configMaps('[', 'x.*'));
    await settleSlices();
    expect(changes).toContain('a');
    expect(matches.of('a')).toEqual({ sources: [], isComplete: true, hasMore: false, invalid: ['['] });
  });

  it('are followed only while somebody has an expression', async () => {
    const { matches, configMaps, versions } = scene();
    matches.declare('a', 'team', configMaps('x.*'));
    await settleSlices();
    expect([matches.scopes, versions.watches]).toEqual([1, 1]);
    matches.declare('a', 'team', none);
    expect([matches.scopes, versions.watches]).toEqual([0, 0]);
  });

  it('are at most 500 for a consumer', async () => {
    const { matches, put, configMaps } = scene();
    for (let n = 0; n < 510; n += 1) put(`app-${n}`);
    matches.declare('a', 'team', configMaps('app-.*'));
    // On a busy machine a slice of time holds few names.
    while (!matches.of('a').hasMore) await settleSlices();
    const { sources, hasMore } = matches.of('a');
    expect([sources.length, hasMore]).toEqual([500, true]);
  });
});

describe('expressions', () => {
  it('have a bound, of which a namespace cannot take all', async () => {
    const { matches, configMaps } = scene({ maxPatterns: 100 });
    for (let n = 0; n < 100; n += 1) matches.declare(`g${n}`, 'greedy', configMaps(`g${n}.*`, 'shared.*'));
    matches.declare('a', 'team', configMaps('x.*'));
    expect(matches.of('g0').hasMore).toBe(false);
    expect(matches.of('g99').hasMore).toBe(true);
    expect(matches.of('a').hasMore).toBe(false);
    for (let n = 0; n < 100; n += 1) matches.declare(`g${n}`, 'greedy', none);
    matches.declare('b', 'greedy', configMaps('y.*'));
    expect(matches.of('b').hasMore).toBe(false);
    await settleSlices();
  });

  it('are compared in time slices: another namespace is answered meanwhile', async () => {
    const { matches, put, names, configMaps } = scene();
    for (let n = 0; n < 500; n += 1) put(`app-${n}`, 'greedy');
    put('db');
    for (let n = 0; n < 200; n += 1)
      matches.declare(`g${n}`, 'greedy', configMaps(...Array.from({ length: 20 }, (_, each) => `[a-z]+-${n}${each}.*`)));
    matches.declare('a', 'team', configMaps('d.'));
    await settleSlices();
    await settleSlices();
    expect(names('a')).toEqual(['db']);
    expect(matches.of('g199').isComplete).toBe(false);
  });
});

describe('after any changes', () => {
  const pool = ['app-1', 'app-2', 'db', 'web'];
  const step = record({
    does: constantFrom('put', 'remove', 'declare', 'relist', 'wait'),
    name: constantFrom(...pool),
    consumer: constantFrom('a', 'b'),
    patterns: subarray(['app-.*', 'd.', '.*', 'web|db', '[']),
  });

  it('each consumer has the names that match', async () => {
    await assert(
      asyncProperty(array(step, { maxLength: 30 }), async (steps) => {
        const names = new Set<string>();
        const listeners: NamesListener[] = [];
        const view = {
          isKnown: false,
          hasMore: false,
          get size() {
            return names.size;
          },
          [Symbol.iterator]: () => names.values(),
        };
        const tell = (change: Parameters<NamesListener>[0]): void => listeners.forEach((each) => each(change));
        const versions = {
          followNames: (_type: unknown, _namespace: string, listener: NamesListener) => {
            listeners.push(listener);
            return { names: view, end: () => void listeners.splice(listeners.indexOf(listener), 1) };
          },
        };
        // Each step of the work waits for the next iteration of the event loop.
        const slices = new TimeSlices({
          now: (() => {
            let now = 0;
            return () => (now += 1);
          })(),
        });
        const defects: unknown[] = [];
        const { signal } = new AbortController();
        const matches = new NameMatches({
          versions,
          slices,
          onChange: () => undefined,
          onDefect: (error) => void defects.push(error),
          signal,
        });
        const declared = new Map<string, readonly string[]>();
        for (const { does, name, consumer, patterns } of [...steps, { does: 'relist', name: '', consumer: '', patterns: [] }]) {
          if (does === 'put' && !names.has(name)) {
            names.add(name);
            if (view.isKnown) tell({ kind: 'added', name });
          }
          if (does === 'remove' && names.delete(name) && view.isKnown) tell({ kind: 'deleted', name });
          if (does === 'declare') {
            declared.set(consumer, patterns);
            matches.declare(consumer, 'team', { Secret: [], ConfigMap: patterns });
          }
          if (does === 'relist') {
            view.isKnown = true;
            tell({ kind: 'listed' });
          }
          if (does === 'wait') await settleSlices();
        }
        for (let turn = 0; turn < 60 && ![...declared.keys()].every((each) => matches.of(each).isComplete); turn += 1) await settleSlices();
        await settleSlices();
        for (const [consumer, patterns] of declared) {
          const expected = pool.filter((name) => names.has(name) && patterns.some((text) => compilePattern(text)?.matches(name)));
          const { sources, isComplete } = matches.of(consumer);
          expect(sources.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
          expect(isComplete).toBe(true);
        }
        expect(defects).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
