import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { Key } from '../../../src/base/key.ts';
import { ObjectDependants } from '../../../src/watch/object-dependants.ts';
import { ObjectVersions } from '../../../src/watch/object-versions.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { ScriptedListWatcher } from './objects.ts';

const reference = (name: string, namespace = name) => ({ type: builtin.secret, namespace, name });
const [a, b] = ['ns/a' as Key, 'ns/b' as Key];
const listed = (...objects: unknown[]) => ({ kind: 'replace' as const, objects, resourceVersion: '1' });

const seen = (version: string, name = 'x') => ({ namespace: name, name, version });

/** Each object has a namespace of its own, so that the script can tell the watches apart. */
function start(maxNamespaces = 20, clusterWide = true) {
  const watcher = new ScriptedListWatcher();
  const told: string[] = [];
  const stop = new AbortController();
  const versions = new ObjectVersions({
    watcher,
    clusterWide,
    maxNamespaces,
    signal: stop.signal,
    onFailure: ({ kind }, namespace, failure) => void told.push(`${kind} ${namespace} ${failure.kind}`),
    clock: new FakeClock(),
    onError: (error) => void told.push(`threw ${error instanceof Error ? error.message : 'error'}`),
    onDefect: (error) => void told.push(`defect ${error instanceof Error ? error.message : 'error'}`),
  });
  const interests = new ObjectDependants({
    versions,
    onVersion: ({ name }, version, dependants, sight) => void told.push(`${name} ${version ?? 'none'} ${dependants.join(',')} ${sight}`),
    onForgotten: ({ name }) => void told.push(`${name} forgotten`),
  });
  const push = async (namespace: string, ...items: Parameters<ScriptedListWatcher['push']>[1][]): Promise<string[]> => {
    watcher.push(namespace, ...items);
    await settle();
    return told.splice(0);
  };
  return { watcher, versions, interests, told, stop, push };
}

describe('interests in objects', () => {
  it('share one metadata-only watch of a namespace, which keeps versions of what is referred to and of nothing else', async () => {
    const { watcher, versions, interests, push } = start();
    interests.declare(a, [reference('x'), reference('y', 'x')]);
    interests.declare(b, [reference('x')]);
    expect([versions.watches, interests.size]).toEqual([1, 2]);
    const y = { namespace: 'x', name: 'y', version: 'u/3' };
    expect(await push('x', listed(seen('u/1'), undefined, y))).toEqual(['x u/1 ns/a,ns/b first', 'y u/3 ns/a first']);
    expect(watcher.requests).toMatchObject([{ type: builtin.secret, namespace: 'x', metadataOnly: true }]);
    expect(watcher.requests[0]?.fieldSelector).toBeUndefined();
    const transform = (name: string) =>
      watcher.requests[0]?.transform({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: 'x', uid: 'u', resourceVersion: '7', creationTimestamp: '', annotations: { big: 'x'.repeat(1_000) } },
      });
    expect([transform('x'), transform('other')]).toEqual([seen('u/7'), undefined]);
  });

  it('are answered by a look of their own where the watch has begun without them', async () => {
    const { watcher, interests, push, told } = start();
    interests.declare(a, [reference('x')]);
    expect(await push('x', listed(seen('u/1')))).toEqual(['x u/1 ns/a first']);
    interests.declare(b, [reference('y', 'x')]);
    await settle();
    expect([watcher.requests.length, watcher.requests[1]?.fieldSelector, told]).toEqual([2, 'metadata.name=y', []]);
    expect(await push('x metadata.name=y', listed('u/5'))).toEqual(['y u/5 ns/b first']);
    expect(await push('x', { kind: 'modified', object: { namespace: 'x', name: 'y', version: 'u/6' } })).toEqual(['y u/6 ns/b changed']);
  });

  it('take an event of the watch for newer than a look that was under way', async () => {
    const { interests, push } = start();
    interests.declare(a, [reference('x')]);
    await push('x', listed(seen('u/1')));
    interests.declare(b, [reference('y', 'x')]);
    expect(await push('x', { kind: 'added', object: { namespace: 'x', name: 'y', version: 'u/6' } })).toEqual(['y u/6 ns/b first']);
    expect(await push('x metadata.name=y', listed())).toEqual([]);
  });

  it('do not take an object for absent because of a list that began before anybody referred to it', async () => {
    const { interests, push } = start();
    interests.declare(a, [reference('x')]);
    interests.declare(b, [reference('y', 'x')]);
    expect(await push('x', listed(seen('u/1')))).toEqual(['x u/1 ns/a first']);
    expect(await push('x metadata.name=y', listed('u/2'))).toEqual(['y u/2 ns/b first']);
    expect(await push('x', listed(seen('u/1')))).toEqual(['x u/1 ns/a same', 'y none ns/b changed']);
  });

  it('open a bounded number of watches, and one of the whole cluster where that would be more', async () => {
    const { watcher, versions, interests, push } = start(2);
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    for (const name of names) interests.declare(name as Key, [reference(name)]);
    expect([versions.watches, watcher.requests.map(({ namespace }) => namespace)]).toEqual([3, ['n0', 'n1', '']]);
    await push('', listed(...names.map((name) => seen('u/1', name))));
    expect([versions.watches, watcher.requests.map(({ signal }) => signal.aborted)]).toEqual([1, [true, true, false]]);
    expect(await push('', { kind: 'modified', object: seen('u/2', 'n0') })).toEqual(['n0 u/2 n0 changed']);
    for (const name of names) interests.declare(name as Key, []);
    expect([versions.watches, interests.size]).toEqual([0, 0]);
  });

  it('stay in their namespaces where the operator may not watch the cluster', () => {
    const { versions, interests } = start(2, false);
    for (const name of ['k', 'l', 'm']) interests.declare(name as Key, [reference(name)]);
    expect(versions.watches).toBe(3);
  });

  it('tells changes, absence and return, and a list that brings no news as such', async () => {
    const { interests, push } = start();
    interests.declare(a, [reference('x')]);
    expect(await push('x', listed())).toEqual(['x none ns/a first']);
    expect(await push('x', { kind: 'connected' }, { kind: 'added', object: seen('u/1') })).toEqual(['x u/1 ns/a changed']);
    expect(await push('x', { kind: 'modified', object: seen('u/2') }, { kind: 'bookmark', resourceVersion: '9' })).toEqual([
      'x u/2 ns/a changed',
    ]);
    expect(await push('x', listed(seen('u/2')))).toEqual(['x u/2 ns/a same']);
    expect(await push('x', { kind: 'deleted', object: seen('u/2') })).toEqual(['x none ns/a changed']);
  });

  it('tells one who comes later what is known', async () => {
    const { interests, told, push } = start();
    interests.declare(a, [reference('x')]);
    await push('x', listed(seen('u/1')));
    interests.declare(b, [reference('x')]);
    await settle();
    expect(told).toEqual(['x u/1 ns/b first']);
  });

  it('goes on while anybody is interested, and ends with the last', async () => {
    const { watcher, versions, interests, told, push } = start();
    interests.declare(a, [reference('x'), reference('y')]);
    interests.declare(b, [reference('x')]);
    interests.declare(a, [reference('y')]);
    expect([versions.watches, await push('x', listed(seen('u/1')))]).toEqual([2, ['x u/1 ns/b first']]);
    interests.declare(b, []);
    expect([versions.watches, watcher.requests[0]?.signal.aborted, told]).toEqual([1, true, ['x forgotten']]);
    interests.declare(b, []);
    interests.declare(a, [reference('y')]);
    expect(watcher.requests).toHaveLength(2);
  });

  it('begins a new watch for an object that is wanted again, and hears nothing of the old one', async () => {
    const { watcher, interests, told } = start();
    interests.declare(a, [reference('x')]);
    interests.declare(a, []);
    interests.declare(a, [reference('x')]);
    await settle();
    expect([watcher.requests.map(({ signal }) => signal.aborted), told]).toEqual([[true, false], ['x forgotten']]);
  });

  it('tells objects of one name in two namespaces and of two kinds apart', () => {
    const { interests } = start();
    interests.declare(a, [reference('x', 'one'), reference('x', 'two'), { ...reference('x', 'one'), type: builtin.serviceAccount }]);
    expect(interests.size).toBe(3);
  });

  it('do not take an object for absent because of a list that was under way when somebody referred to it', async () => {
    const { interests, push } = start();
    interests.declare(a, [reference('x')]);
    await push('x', listed(seen('u/1')));
    // The pages of another list have been looked at already.
    interests.declare(b, [reference('y', 'x')]);
    expect(await push('x', listed(seen('u/1')))).toEqual(['x u/1 ns/a same']);
    expect(await push('x metadata.name=y', listed('u/2'))).toEqual(['y u/2 ns/b first']);
    expect(await push('x', listed(seen('u/1')))).toEqual(['x u/1 ns/a same', 'y none ns/b changed']);
  });

  it('look again at an object that was seen before a list which may not have looked at it', async () => {
    const { interests, push, watcher } = start();
    interests.declare(a, [reference('x')]);
    await push('x', listed(seen('u/1')));
    interests.declare(b, [reference('y', 'x')]);
    expect(await push('x metadata.name=y', listed('u/2'))).toEqual(['y u/2 ns/b first']);
    await push('x', listed(seen('u/1')));
    expect(watcher.requests).toHaveLength(3);
    expect(await push('x metadata.name=y', listed())).toEqual(['y none ns/b changed']);
  });

  it('end their looks when nobody is interested any more, and when the watch tells', async () => {
    const { interests, push, watcher } = start();
    interests.declare(a, [reference('x')]);
    await push('x', listed(seen('u/1')));
    interests.declare(b, [reference('y', 'x'), reference('z', 'x')]);
    await settle();
    await push('x', { kind: 'added', object: { namespace: 'x', name: 'z', version: 'u/6' } });
    interests.declare(b, []);
    expect(watcher.requests.map(({ signal }) => signal.aborted)).toEqual([false, true, true]);
  });

  it('are told to the others and later ones although one callback throws', async () => {
    const { versions, push } = start();
    const heard: unknown[] = [];
    versions.follow(reference('x'), () => {
      throw new Error('broken');
    });
    versions.follow(reference('x'), (version) => void heard.push(version));
    expect(await push('x', listed(seen('u/1')), { kind: 'modified', object: seen('u/2') })).toEqual(['threw broken', 'threw broken']);
    expect(heard).toEqual(['u/1', 'u/2']);
  });

  it('reports failures that are tried again, and defects', async () => {
    const { interests, push } = start();
    interests.declare(a, [reference('x'), reference('y')]);
    const failure = { kind: 'unavailable' as const, status: 503, message: 'no' };
    expect(await push('x', { kind: 'error', failure })).toEqual(['Secret x unavailable']);
    expect(await push('x', new Error('broken'))).toEqual(['defect broken']);
    expect(await push('y', 'end')).toEqual(['defect the watch of Secret in namespace "y" ended by itself']);
  });

  it('ends in silence with its signal', async () => {
    const { interests, told, stop } = start();
    interests.declare(a, [reference('x')]);
    await settle();
    stop.abort();
    await settle();
    expect(told).toEqual([]);
  });
});
