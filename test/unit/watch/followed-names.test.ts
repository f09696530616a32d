// Namespaces that are followed as a whole: their names stay equal to the cluster, in any order of lists and events, and within a bound that is shared.
import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, record } from 'fast-check';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import { FollowedNames } from '../../../src/watch/followed-names.ts';
import { ObjectVersions } from '../../../src/watch/object-versions.ts';
import type { NamesChange } from '../../../src/watch/port.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { MemoryListWatcher } from '../../support/fakes/memory-list-watcher.ts';
import { ScriptedListWatcher, thing } from './objects.ts';

const type = builtin.configMap;

function scene(more: Partial<ConstructorParameters<typeof ObjectVersions>[0]> = {}) {
  const api = new MemoryApi();
  const clock = new FakeClock();
  const watcher = new MemoryListWatcher(api);
  const failures: KubeFailure[] = [];
  const versions = new ObjectVersions({
    watcher,
    clusterWide: true,
    clock,
    onError: (error) => void failures.push(error as KubeFailure),
    onDefect: (error) => void failures.push(error as KubeFailure),
    onFailure: (_type, _namespace, failure) => void failures.push(failure),
    signal: new AbortController().signal,
    ...more,
  });
  const put = (namespace: string, name: string, data = {}): void => api.put(type, { metadata: { namespace, name }, data });
  const follow = (namespace: string) => {
    const changes: NamesChange[] = [];
    return { changes, ...versions.followNames(type, namespace, (change) => void changes.push(change)) };
  };
  return { api, clock, watcher, versions, put, follow, failures };
}

describe('a namespace that is followed as a whole', () => {
  it('has the names of its objects, and tells which come and go', async () => {
    const { put, follow, clock, api } = scene();
    put('team', 'a');
    put('other', 'x');
    const { names, changes } = follow('team');
    expect(names.isKnown).toBe(false);
    await clock.advance(0);
    put('team', 'b');
    put('team', 'a', { changed: 'yes' });
    api.remove(type, 'team', 'a');
    await clock.advance(0);
    expect([...names]).toEqual(['b']);
    expect(changes).toEqual([{ kind: 'listed' }, { kind: 'added', name: 'b' }, { kind: 'deleted', name: 'a' }]);
  });

  it('shares the watch of followed names, and lists once when the watch was there before', async () => {
    const { put, follow, clock, versions, watcher } = scene();
    put('team', 'a');
    put('team', 'b');
    versions.follow({ type, namespace: 'team', name: 'a' }, () => undefined);
    await clock.advance(0);
    const [first, second] = [follow('team'), follow('team')];
    await clock.advance(0);
    expect([...first.names].toSorted()).toEqual(['a', 'b']);
    expect([...second.names].toSorted()).toEqual(['a', 'b']);
    expect(versions.watches).toBe(1);
    expect(watcher.requests).toHaveLength(2);
  });

  it('answers for the version of a single name without a request', async () => {
    const { put, follow, clock, versions, watcher } = scene();
    for (const name of ['a', 'b', 'c']) put('team', name);
    follow('team');
    await clock.advance(0);
    const told: (string | undefined)[] = [];
    for (const name of ['a', 'b', 'c']) versions.follow({ type, namespace: 'team', name }, (version) => void told.push(version));
    await clock.advance(0);
    expect(told).toHaveLength(3);
    expect(watcher.requests).toHaveLength(1);
  });

  it('is watched no more when nobody follows it or a name in it', async () => {
    const { put, follow, clock, versions } = scene();
    put('team', 'a');
    const [first, second] = [follow('team'), follow('team')];
    const end = versions.follow({ type, namespace: 'team', name: 'a' }, () => undefined);
    await clock.advance(0);
    first.end();
    first.end();
    end();
    expect(versions.watches).toBe(1);
    second.end();
    expect(versions.watches).toBe(0);
  });

  it('is also covered by the watch of the cluster', async () => {
    const { put, follow, clock, versions } = scene({ maxNamespaces: 1 });
    for (const namespace of ['a', 'b', 'c']) put(namespace, 'x');
    const followed = ['a', 'b', 'c'].map(follow);
    await clock.advance(0);
    put('c', 'y');
    await clock.advance(0);
    expect(followed.map(({ names }) => [...names])).toEqual([['x'], ['x'], ['x', 'y']]);
    expect(versions.watches).toBe(1);
  });

  it('keeps at most so many names, of which a namespace cannot take all', async () => {
    const { put, follow, clock } = scene({ maxNames: 100 });
    for (let n = 0; n < 300; n += 1) put('greedy', `g${n}`);
    for (let n = 0; n < 5; n += 1) put('team', `t${n}`);
    const [greedy, team] = [follow('greedy'), follow('team')];
    await clock.advance(0);
    expect([greedy.names.size, greedy.names.hasMore]).toEqual([80, true]);
    expect([team.names.size, team.names.hasMore]).toEqual([5, false]);
    greedy.end();
    for (let n = 5; n < 60; n += 1) put('team', `t${n}`);
    await clock.advance(0);
    expect([team.names.size, team.names.hasMore]).toEqual([60, false]);
  });

  it('leaves out what the field selector leaves out, also in lookups', async () => {
    const { api, clock, versions } = scene({ fieldSelectorOf: ({ kind }) => (kind === 'Secret' ? 'type!=helm.sh/release.v1' : undefined) });
    api.put(builtin.secret, { type: 'helm.sh/release.v1', metadata: { namespace: 'team', name: 'release' } });
    api.put(builtin.secret, { type: 'Opaque', metadata: { namespace: 'team', name: 'plain' } });
    const { names } = versions.followNames(builtin.secret, 'team', () => undefined);
    await clock.advance(0);
    const told: (string | undefined)[] = [];
    versions.follow({ type: builtin.secret, namespace: 'team', name: 'release' }, (version) => void told.push(version));
    await clock.advance(0);
    expect([...names]).toEqual(['plain']);
    expect(told).toEqual([undefined]);
  });
});

describe('the own list of a namespace under the watch of the cluster', () => {
  const listed = (...objects: object[]) => ({ kind: 'replace', objects, resourceVersion: '1' }) as const;
  const refused = { kind: 'error', failure: { kind: 'unavailable', status: 500, message: 'later' } } as const;

  it('is repeated until it succeeds, and events that came meanwhile are newer', async () => {
    const clock = new FakeClock();
    const watcher = new ScriptedListWatcher();
    const failures: unknown[] = [];
    const versions = new ObjectVersions({
      watcher,
      clusterWide: true,
      maxNamespaces: 0,
      clock,
      onError: (error) => void failures.push(error),
      onDefect: (error) => void failures.push(error),
      onFailure: (_type, namespace) => void failures.push(namespace),
      signal: new AbortController().signal,
    });
    versions.follow({ type, namespace: 'other', name: 'x' }, () => undefined);
    watcher.push('', listed());
    await clock.advance(0);
    const changes: NamesChange[] = [];
    const { names } = versions.followNames(type, 'team', (change) => void changes.push(change));
    const seen = (name: string) => ({ namespace: 'team', name, version: `uid-${name}/1` });
    watcher.push('team', refused);
    await clock.advance(0);
    watcher.push('', { kind: 'deleted', object: seen('gone') }, { kind: 'added', object: seen('new') });
    await clock.advance(0);
    expect(names.isKnown).toBe(false);
    watcher.push('team', listed(seen('gone'), seen('old')));
    await clock.advance(2_000);
    expect([...names].toSorted()).toEqual(['new', 'old']);
    expect(failures).toEqual(['team']);
    expect(changes.at(-1)).toEqual({ kind: 'listed' });
  });
});

describe('followed names', () => {
  it('do not take another namespace for theirs', () => {
    const names = new FollowedNames(10, () => undefined);
    names.follow('team', () => undefined, true);
    const { namespace = '', name } = thing('x', {}, 'other').metadata;
    names.changed(namespace, name, 'u/1');
    names.merge(namespace, [{ namespace, name, version: 'u/1' }]);
    expect(names.versionOf(namespace, name)).toBeUndefined();
  });

  it('are those of the cluster after any changes', async () => {
    const step = record({
      does: constantFrom('put', 'remove', 'follow', 'unfollow', 'wait'),
      namespace: constantFrom('a', 'b', 'c'),
      name: constantFrom('x', 'y'),
    });
    await assert(
      asyncProperty(array(step, { maxLength: 30 }), async (steps) => {
        const { put, follow, clock, api, failures } = scene({ maxNamespaces: 2 });
        const followed = new Map<string, ReturnType<typeof follow>>();
        for (const { does, namespace, name } of steps) {
          if (does === 'put') put(namespace, name);
          if (does === 'remove') api.remove(type, namespace, name);
          if (does === 'follow' && !followed.has(namespace)) followed.set(namespace, follow(namespace));
          if (does === 'unfollow') {
            followed.get(namespace)?.end();
            followed.delete(namespace);
          }
          if (does === 'wait') await clock.advance(0);
        }
        await clock.advance(0);
        for (const [namespace, { names }] of followed) {
          const present = api.all(type).filter(({ metadata }) => metadata.namespace === namespace);
          expect([...names].toSorted()).toEqual(present.map(({ metadata }) => metadata.name).toSorted());
          expect(names.isKnown).toBe(true);
        }
        expect(failures).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
