import { describe, expect, it } from '@jest/globals';
import type { Key } from '../../../src/base/key.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { Store } from '../../../src/watch/store.ts';
import { type Thing, thing } from './objects.ts';

const k = (name: string): Key => `team/${name}` as Key;
const told = (events: readonly WatchEvent<Thing>[]): string[] =>
  events.map(({ type, object, before }) => [type, object.metadata.name, before?.metadata.resourceVersion].filter(Boolean).join(' '));

describe('Store', () => {
  it('tells what each event changes, with the object before', () => {
    const store = new Store<Thing>();
    expect(told(store.apply('added', thing('a')))).toEqual(['added a']);
    expect(told(store.apply('modified', thing('a', { version: 2 })))).toEqual(['modified a 1']);
    expect(told(store.apply('deleted', thing('a', { version: 3 })))).toEqual(['deleted a']);
    expect([store.size, store.get(k('a'))]).toEqual([0, undefined]);
  });

  it('tells nothing of what it knows already', () => {
    const store = new Store<Thing>();
    store.apply('added', thing('a'));
    expect(store.apply('modified', thing('a'))).toEqual([]);
    expect(store.apply('deleted', thing('other'))).toEqual([]);
  });

  it('takes an added event of a known object for a change and a modified event of an unknown one for a new object', () => {
    const store = new Store<Thing>();
    expect(told(store.apply('modified', thing('a')))).toEqual(['added a']);
    expect(told(store.apply('added', thing('a', { version: 2 })))).toEqual(['modified a 1']);
  });

  it('takes what says more of the same version, and tells nobody; another version and another object are left to the watch', () => {
    const store = new Store<Thing>({ indexes: { tag: ({ tags }) => tags } });
    store.apply('added', thing('a', { tags: [] }));
    store.refine(thing('a', { tags: ['x'] }));
    expect(store.byIndex('tag', 'x')).toHaveLength(1);
    store.refine(thing('a', { version: 2, tags: ['y'] }));
    store.refine(thing('a', { uid: 'new', tags: ['y'] }));
    store.refine(thing('b', { tags: ['y'] }));
    expect([store.size, store.byIndex('tag', 'y')]).toEqual([1, []]);
  });

  it('tells an object with another uid from the one before it', () => {
    const store = new Store<Thing>({ indexes: { tag: ({ tags }) => tags } });
    store.apply('added', thing('a', { uid: 'old', tags: ['x'] }));
    const events = store.apply('modified', thing('a', { uid: 'new', tags: ['y'] }));
    expect(events.map(({ type, object }) => `${type} ${object.metadata.uid}`)).toEqual(['deleted old', 'added new']);
    expect(store.byIndex('tag', 'x')).toEqual([]);
    expect(store.byIndex('tag', 'y')).toHaveLength(1);
  });

  it('tells with a list what was missed', () => {
    const store = new Store<Thing>();
    store.replace([thing('same'), thing('changed'), thing('gone'), thing('recreated')]);
    const events = store.replace([thing('same'), thing('changed', { version: 5 }), thing('new'), thing('recreated', { uid: 'other' })]);
    expect(told(events)).toEqual(['deleted gone', 'modified changed 1', 'added new', 'deleted recreated', 'added recreated']);
    expect(store.size).toBe(4);
  });

  it('replaces only the namespace that was listed', () => {
    const store = new Store<Thing>();
    store.replace([thing('a', {}, 'one')], 'one');
    store.replace([thing('a', {}, 'two')], 'two');
    expect(told(store.replace([], 'one'))).toEqual(['deleted a']);
    expect([...store.list()].map(({ metadata }) => metadata.namespace)).toEqual(['two']);
  });

  it('finds an object under each of its values', () => {
    const store = new Store<Thing>({ indexes: { tag: ({ tags }) => tags } });
    store.apply('added', thing('a', { tags: ['x', 'y', 'x'] }));
    store.apply('added', thing('b', { tags: ['y'] }));
    const names = (value: string): string[] => store.byIndex('tag', value).map(({ metadata }) => metadata.name);
    expect([names('x'), names('y'), names('z')]).toEqual([['a'], ['a', 'b'], []]);
    store.apply('modified', thing('a', { tags: ['z'], version: 2 }));
    store.apply('deleted', thing('b', { version: 2 }));
    expect([names('x'), names('y'), names('z')]).toEqual([[], [], ['a']]);
  });

  it('keeps keys named like members of prototypes apart', () => {
    const store = new Store<Thing>({ indexes: { tag: ({ tags }) => tags } });
    store.apply('added', thing('constructor', { tags: ['__proto__', 'toString'] }));
    expect(store.byIndex('tag', '__proto__')).toHaveLength(1);
    expect(store.byIndex('tag', 'hasOwnProperty')).toEqual([]);
    expect(store.get('team/toString' as Key)).toBeUndefined();
  });

  it('takes in an object on which an index function throws, and says so', () => {
    const errors: unknown[][] = [];
    const store = new Store<Thing>({
      indexes: {
        broken: ({ tags }) => {
          if (tags.includes('hostile')) throw new TypeError('unexpected shape');
          return tags;
        },
        tag: ({ tags }) => tags,
      },
      onIndexError: (error, index, key) => errors.push([(error as Error).message, index, key]),
    });
    store.apply('added', thing('a', { tags: ['hostile'] }));
    expect(errors).toEqual([['unexpected shape', 'broken', 'team/a']]);
    expect([store.size, store.byIndex('broken', 'hostile').length, store.byIndex('tag', 'hostile').length]).toEqual([1, 0, 1]);
  });

  it('refuses an index that does not exist', () => {
    expect(() => new Store<Thing>().byIndex('nothing', 'x')).toThrow(TypeError);
  });
});
