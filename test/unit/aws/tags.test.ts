import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Tag, versionOfTags } from '../../../src/aws/tags.ts';

const place = { arn: 'arn', name: 'db' };
const of = (tags: Readonly<Record<string, string>>): readonly Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const idOf = (tags: readonly Tag[]): string => versionOfTags(place, tags).versionId;
const text = (tags: readonly Tag[]): string => versionOfTags(place, tags).value.reveal().toString();
const anyTags = fc.uniqueArray(fc.record({ Key: fc.string(), Value: fc.string() }), { selector: ({ Key }) => Key, maxLength: 8 });

describe('tags', () => {
  it('are a JSON object', () => {
    expect(text([])).toBe('{}');
    expect(text(of({ team: 'shop', 'app/owner': 'Ann' }))).toBe('{"app/owner":"Ann","team":"shop"}');
    expect(text([{ Key: 'empty' }, { Value: 'of nothing' }])).toBe('{"empty":""}');
    expect(text([{ Key: '__proto__', Value: 'x' }])).toBe('{"__proto__":"x"}');
  });

  it('have the same version in whatever order they are listed, and another one for other tags', () => {
    fc.assert(
      fc.property(anyTags, anyTags, (one, other) => {
        expect(idOf(one.toReversed())).toBe(idOf(one));
        const sameTags =
          one.length === other.length && one.every(({ Key, Value }) => other.some((tag) => tag.Key === Key && tag.Value === Value));
        expect(idOf(one) === idOf(other)).toBe(sameTags);
      }),
    );
    expect(idOf(of({ a: 'b' }))).not.toBe(idOf(of({ a: 'c' })));
    // What the API server lets a status hold.
    expect(idOf([]).length).toBeLessThanOrEqual(64);
  });
});
