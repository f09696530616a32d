import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/names.ts';
import type { Key } from '../../../src/base/key.ts';
import { ObjectWatches } from '../../../src/watch/object-watches.ts';
import { settle } from '../../support/fake-clock.ts';
import { ScriptedListWatcher } from './objects.ts';

const reference = (name: string, namespace = name) => ({ type: builtin.secret, namespace, name });
const [a, b] = ['ns/a' as Key, 'ns/b' as Key];
const listed = (...objects: string[]) => ({ kind: 'replace' as const, objects, resourceVersion: '1' });

/** Each object has a namespace of its own, so that the script can tell the watches apart. */
function start() {
  const watcher = new ScriptedListWatcher();
  const told: string[] = [];
  const stop = new AbortController();
  const watches = new ObjectWatches({
    watcher,
    signal: stop.signal,
    onVersion: ({ name }, version, dependants, sight) => void told.push(`${name} ${version ?? 'none'} ${dependants.join(',')} ${sight}`),
    onForgotten: ({ name }) => void told.push(`${name} forgotten`),
    onFailure: ({ name }, { kind }) => void told.push(`${name} ${kind}`),
    onError: (error) => void told.push(error instanceof Error ? error.message : 'error'),
  });
  const push = async (namespace: string, ...items: Parameters<ScriptedListWatcher['push']>[1][]): Promise<string[]> => {
    watcher.push(namespace, ...items);
    await settle();
    return told.splice(0);
  };
  return { watcher, watches, told, stop, push };
}

describe('ObjectWatches', () => {
  it('watches one object by name, without its data, for all who declared it', async () => {
    const { watcher, watches, push } = start();
    watches.declare(a, [reference('x')]);
    watches.declare(b, [reference('x')]);
    expect(watches.size).toBe(1);
    expect(await push('x', listed('u/1'))).toEqual(['x u/1 ns/a,ns/b first']);
    expect(watcher.requests).toMatchObject([
      { type: builtin.secret, namespace: 'x', fieldSelector: 'metadata.name=x', metadataOnly: true },
    ]);
    const metadata = { name: 'x', uid: 'u', resourceVersion: '7', creationTimestamp: '' };
    expect(watcher.requests[0]?.transform({ apiVersion: 'v1', kind: 'Secret', metadata })).toBe('u/7');
  });

  it('tells changes, absence and return, and a list that brings no news as such', async () => {
    const { watches, push } = start();
    watches.declare(a, [reference('x')]);
    expect(await push('x', listed())).toEqual(['x none ns/a first']);
    expect(await push('x', { kind: 'connected' }, { kind: 'added', object: 'u/1' })).toEqual(['x u/1 ns/a changed']);
    expect(await push('x', { kind: 'modified', object: 'u/2' }, { kind: 'bookmark', resourceVersion: '9' })).toEqual([
      'x u/2 ns/a changed',
    ]);
    expect(await push('x', listed('u/2'))).toEqual(['x u/2 ns/a same']);
    expect(await push('x', { kind: 'deleted', object: 'u/2' })).toEqual(['x none ns/a changed']);
  });

  it('tells one who comes later what is known', async () => {
    const { watches, told, push } = start();
    watches.declare(a, [reference('x')]);
    await push('x', listed('u/1'));
    watches.declare(b, [reference('x')]);
    await settle();
    expect(told).toEqual(['x u/1 ns/b first']);
  });

  it('goes on while anybody is interested, and ends with the last', async () => {
    const { watcher, watches, told, push } = start();
    watches.declare(a, [reference('x'), reference('y')]);
    watches.declare(b, [reference('x')]);
    watches.declare(a, [reference('y')]);
    expect([watches.size, await push('x', listed('u/1'))]).toEqual([2, ['x u/1 ns/b first']]);
    watches.declare(b, []);
    expect([watches.size, watcher.requests[0]?.signal.aborted, told]).toEqual([1, true, ['x forgotten']]);
    watches.declare(b, []);
    watches.declare(a, [reference('y')]);
    expect(watcher.requests).toHaveLength(2);
  });

  it('begins a new watch for an object that is wanted again, and hears nothing of the old one', async () => {
    const { watcher, watches, told } = start();
    watches.declare(a, [reference('x')]);
    watches.declare(a, []);
    watches.declare(a, [reference('x')]);
    await settle();
    expect([watcher.requests.map(({ signal }) => signal.aborted), told]).toEqual([[true, false], ['x forgotten']]);
  });

  it('tells objects of one name in two namespaces and of two kinds apart', () => {
    const { watches } = start();
    watches.declare(a, [reference('x', 'one'), reference('x', 'two'), { ...reference('x', 'one'), type: builtin.serviceAccount }]);
    expect(watches.size).toBe(3);
  });

  it('reports failures that are tried again, and defects', async () => {
    const { watches, push } = start();
    watches.declare(a, [reference('x'), reference('y')]);
    const failure = { kind: 'unavailable' as const, status: 503, message: 'no' };
    expect(await push('x', { kind: 'error', failure })).toEqual(['x unavailable']);
    expect(await push('x', new Error('broken'))).toEqual(['broken']);
    expect(await push('y', 'end')).toEqual(['the watch of Secret y ended by itself']);
  });

  it('ends in silence with its signal', async () => {
    const { watches, told, stop } = start();
    watches.declare(a, [reference('x')]);
    await settle();
    stop.abort();
    await settle();
    expect(told).toEqual([]);
  });
});
