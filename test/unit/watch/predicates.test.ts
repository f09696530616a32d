import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { allOf, annotationChanged, anyOf, deletionBegun, generationChanged, keptChanged } from '../../../src/watch/predicates.ts';
import { thing } from './objects.ts';

type Meta = Partial<KubeObject['metadata']>;
const modified = (before: Meta, after: Meta): WatchEvent<KubeObject> => ({
  type: 'modified',
  before: thing('a', { metadata: before }),
  object: thing('a', { metadata: after }),
});
const added = (metadata: Meta = {}): WatchEvent<KubeObject> => ({ type: 'added', object: thing('a', { metadata }) });
const deleted: WatchEvent<KubeObject> = { type: 'deleted', object: thing('a') };

const yes = (): boolean => true;
const no = (): boolean => false;

describe('generationChanged', () => {
  it('passes a new generation, not a write of status', () => {
    expect(generationChanged(modified({ generation: 1 }, { generation: 2 }))).toBe(true);
    expect(generationChanged(modified({ generation: 2 }, { generation: 2 }))).toBe(false);
  });

  it('passes kinds that have no generation, new objects and deletions', () => {
    expect([modified({}, {}), added({ generation: 1 }), deleted].map(generationChanged)).toEqual([true, true, true]);
  });
});

describe('keptChanged', () => {
  it('passes an object that is not kept any more, or kept again, and no other change of it', () => {
    const of = (before: boolean, after: boolean): WatchEvent<KubeObject> => {
      const one = (kept: boolean): KubeObject => ({ ...thing('a'), ...(!kept && { notKept: 1 }) });
      return { type: 'modified', before: one(before), object: one(after) };
    };
    expect([of(true, false), of(false, true), of(true, true), of(false, false)].map(keptChanged)).toEqual([true, true, false, false]);
    expect([added(), deleted].map(keptChanged)).toEqual([true, true]);
  });
});

describe('annotationChanged', () => {
  const forced = annotationChanged('keytender.dev/force-sync');

  it.each([
    [{}, { annotations: { 'keytender.dev/force-sync': '1' } }, true],
    [{ annotations: { 'keytender.dev/force-sync': '1' } }, { annotations: { 'keytender.dev/force-sync': '2' } }, true],
    [{ annotations: { 'keytender.dev/force-sync': '1' } }, {}, true],
    [{ annotations: { 'keytender.dev/force-sync': '1' } }, { annotations: { 'keytender.dev/force-sync': '1', other: 'x' } }, false],
    [{}, { annotations: { other: 'x' } }, false],
  ] satisfies [Meta, Meta, boolean][])('compares %j with %j', (before, after, passes) => {
    expect(forced(modified(before, after))).toBe(passes);
  });

  it('is not misled by the members of prototypes', () => {
    expect(annotationChanged('constructor')(modified({}, { annotations: {} }))).toBe(false);
  });
});

describe('deletionBegun', () => {
  const time = { deletionTimestamp: '2026-01-01T00:00:00Z' };

  it('passes once: when the time stamp appears, or when the object goes', () => {
    expect([modified({}, time), modified(time, time), modified({}, {}), deleted, added(), added(time)].map(deletionBegun)).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('anyOf and allOf', () => {
  it('combine predicates', () => {
    expect([anyOf(no, yes), anyOf(no, no), allOf(yes, yes), allOf(yes, no)].map((predicate) => predicate(deleted))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
