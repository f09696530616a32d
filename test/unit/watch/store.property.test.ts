import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Store } from '../../../src/watch/store.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { type Thing, thing } from './objects.ts';

const NAMESPACES = ['one', 'two'];
const TAGS = ['x', 'y', 'z'];
const object = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    namespace: fc.constantFrom(...NAMESPACES),
    uid: fc.constantFrom('first', 'second'),
    version: fc.nat(3),
  })
  // As on a real server, one uid and version stands for one content.
  .map(({ name, namespace, uid, version }) => thing(name, { uid, version, tags: TAGS.slice(0, version) }, namespace));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('added' as const, 'modified' as const, 'deleted' as const), object }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('replace' as const),
      namespace: fc.constantFrom('', ...NAMESPACES),
      objects: fc.array(object, { maxLength: 8 }),
      // Watched elsewhere while the list is taken in.
      meanwhile: fc.array(object, { maxLength: 4 }),
    }),
  },
);

const nameOf = ({ metadata }: Thing): string => `${metadata.namespace}/${metadata.name}`;

/** What a handler that only sees the events believes; it refuses an event that doesn't fit what it saw before. */
function follow(seen: Map<string, Thing>, { type, object, before }: WatchEvent<Thing>): void {
  const known = seen.get(nameOf(object));
  if (type === 'added') expect(known).toBeUndefined();
  else expect(known?.metadata.uid).toBe(object.metadata.uid);
  expect(before).toBe(type === 'modified' ? known : undefined);
  if (type === 'modified') expect(known?.metadata.resourceVersion).not.toBe(object.metadata.resourceVersion);
  if (type === 'deleted') seen.delete(nameOf(object));
  else seen.set(nameOf(object), object);
}

describe('Store, any sequence of events and lists', () => {
  it('holds what the last word on each object was, and its events alone lead to the same', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new Store<Thing>({ indexes: { tag: ({ tags }) => tags } });
        const model = new Map<string, Thing>();
        const seen = new Map<string, Thing>();
        for (const now of steps) {
          let events: readonly WatchEvent<Thing>[];
          if (now.do === 'replace') {
            const isListed = ({ metadata }: Thing): boolean => now.namespace === '' || metadata.namespace === now.namespace;
            const listed = now.objects.filter(isListed);
            const others = now.meanwhile.filter((other) => !isListed(other));
            const took: Thing[] = [];
            events = store
              .replacing(listed, now.namespace)
              .flatMap((told) => {
                const other = others.shift();
                if (other === undefined) return told;
                took.push(other);
                return [...told, ...store.apply('modified', other)];
              })
              .toArray();
            for (const gone of [...model.values()].filter(isListed)) model.delete(nameOf(gone));
            for (const next of listed) model.set(nameOf(next), next);
            for (const other of took) model.set(nameOf(other), other);
          } else {
            // A server sends the deletion of an object only while that object, by uid, is the one of its name.
            const known = model.get(nameOf(now.object));
            if (now.do === 'deleted' && known !== undefined && known.metadata.uid !== now.object.metadata.uid) continue;
            events = store.apply(now.do, now.object);
            if (now.do === 'deleted') model.delete(nameOf(now.object));
            else model.set(nameOf(now.object), now.object);
          }
          for (const event of events) follow(seen, event);
          const sorted = (objects: Iterable<Thing>): Thing[] => [...objects].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
          expect(sorted(store.list())).toEqual(sorted(model.values()));
          expect(sorted(seen.values())).toEqual(sorted(model.values()));
          for (const tag of TAGS) {
            expect(sorted(store.byIndex('tag', tag))).toEqual(sorted([...model.values()].filter(({ tags }) => tags.includes(tag))));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
