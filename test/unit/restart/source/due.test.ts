import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { dueOf, hidesMarker, type Due, type SourceFacts } from '../../../../src/restart/source/due.ts';
import type { ContentChange } from '../../../../src/restart/source/content.ts';

const START = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const change = (sequence: number, keys?: readonly string[]): ContentChange => ({ sequence, at: at(sequence * 100), ...(keys && { keys }) });

const facts: SourceFacts = {
  source: { sequence: 3, content: 'c3', changes: [change(3, ['a']), change(2, ['b'])] },
  marker: 'm',
  former: [],
  consumed: 'all',
  watched: 'all',
  isLive: false,
  now: ms(START + 3_600_000),
};
const marked = (text: string, more: Partial<SourceFacts> = {}): Due => dueOf({ m: text }, { ...facts, ...more });
const CURRENT = { kind: 'current', isMarked: true };

describe('dueOf, with a marker', () => {
  it('of this content is current', () => {
    expect(marked('3.c3')).toEqual(CURRENT);
  });

  it('of earlier content asks the pods if a consumed key has changed since, and is current if not', () => {
    expect(marked('2.c2')).toEqual({ kind: 'ask-pods', unmet: { change: change(3, ['a']), since: at(300) }, changedAt: at(300) });
    expect(marked('1.c1')).toMatchObject({ kind: 'ask-pods', unmet: { change: { sequence: 3 }, since: at(200) } });
    expect(marked('1.c1', { consumed: ['b'] })).toMatchObject({ kind: 'ask-pods', unmet: { change: { sequence: 2 } }, changedAt: at(200) });
    expect(marked('2.c2', { consumed: ['b'] })).toEqual(CURRENT);
    expect(marked('2.c2', { consumed: [] })).toEqual(CURRENT);
  });

  it('counts only the keys that the policy names', () => {
    expect(marked('2.c2', { watched: ['b'] })).toEqual(CURRENT);
    expect(marked('2.c2', { watched: ['a'] })).toMatchObject({ kind: 'ask-pods' });
    expect(marked('1.c1', { consumed: ['a', 'b'], watched: ['b', 'c'] })).toMatchObject({ unmet: { change: { sequence: 2 } } });
    expect(marked('1.c1', { consumed: ['a'], watched: ['b'] })).toEqual(CURRENT);
  });

  it('counts a change of unknown keys for each key, but not for none', () => {
    const source = { ...facts.source, changes: [change(3)] };
    expect(marked('2.c2', { source, consumed: ['z'] })).toMatchObject({ kind: 'ask-pods' });
    expect(marked('2.c2', { source, consumed: ['z'], watched: ['y'] })).toEqual(CURRENT);
    expect(marked('3.c3', { source, consumed: ['z'] })).toEqual(CURRENT);
  });

  it('asks nobody while no pod can be young enough', () => {
    expect(marked('2.c2', { now: ms(START + 310_000) })).toMatchObject({ kind: 'due' });
    expect(marked('2.c2', { now: ms(START + 310_001) })).toMatchObject({ kind: 'ask-pods' });
    const source = { ...facts.source, changes: [{ sequence: 3, at: 'no time' }] };
    expect(marked('2.c2', { source })).toMatchObject({ kind: 'due' });
  });

  it('takes no newer marker back: the live source decides', () => {
    expect(marked('4.c4')).toEqual({ kind: 'confirm' });
    expect(marked('3.other')).toEqual({ kind: 'confirm' });
    expect(marked('4.c3')).toEqual(CURRENT);
    expect(marked('4.c4', { isLive: true })).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    const source = { sequence: 1, content: 'c1', changes: [] };
    expect(marked('4.c4', { isLive: true, source })).toEqual({ kind: 'due', unmet: {} });
  });

  it('without a number is due with another content, by the last consumed change that is recorded', () => {
    expect(marked('old')).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    expect(marked('old', { consumed: ['b'] })).toMatchObject({ kind: 'ask-pods', changedAt: at(200) });
    expect(marked('old', { consumed: ['z'] })).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    expect(marked('old', { consumed: ['a'], watched: ['b'] })).toEqual(CURRENT);
    expect(marked('c3', { source: { sequence: 0, content: 'c3', changes: [change(0)] } })).toEqual(CURRENT);
  });

  it('counts A, B, A as a change', () => {
    expect(marked('1.c3')).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    expect(marked('c3')).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    expect(marked('1.c3', { consumed: ['z'] })).toEqual(CURRENT);
  });
});

describe('dueOf, without a marker', () => {
  it('is current if nothing consumed has ever changed, and else asks the pods', () => {
    expect(dueOf({}, { ...facts, source: { ...facts.source, changes: [] } })).toEqual({ kind: 'current', isMarked: false });
    expect(dueOf({}, { ...facts, consumed: ['z'] })).toEqual({ kind: 'current', isMarked: false });
    expect(dueOf({ other: '3.c3' }, facts)).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    const legacy = { sequence: 0, content: 'c', changes: [{ sequence: 0, at: at(50) }] };
    expect(dueOf({}, { ...facts, source: legacy })).toMatchObject({ kind: 'ask-pods', changedAt: at(50) });
  });

  it('goes by a former marker with the content of its writer, until a consumed key changes', () => {
    const former = [{ name: 'm_one', content: 'c1' }];
    const source = { sequence: 0, content: 'c2', changes: [{ sequence: 0, at: at(50) }] };
    expect(dueOf({ m_one: 'c1' }, { ...facts, source, former })).toEqual(CURRENT);
    expect(dueOf({ m_one: 'other' }, { ...facts, source, former })).toMatchObject({ kind: 'ask-pods' });
    expect(dueOf({ m_one: 'c1' }, { ...facts, former })).toMatchObject({ kind: 'ask-pods', changedAt: at(300) });
    expect(dueOf({ m_one: 'c1' }, { ...facts, former, consumed: ['z'] })).toEqual(CURRENT);
    expect(dueOf({ m_one: 'c1', m: '3.c3' }, { ...facts, source: facts.source, former })).toEqual(CURRENT);
  });

  it('takes the latest time of changes whose clocks differ', () => {
    const changes = [{ ...change(3, ['a']), at: at(10) }, change(2, ['b'])];
    expect(dueOf({}, { ...facts, source: { ...facts.source, changes } })).toMatchObject({ changedAt: at(200) });
  });
});

describe('hidesMarker', () => {
  it('is so where there are more markers than are kept, and this is not one of those', () => {
    expect(hidesMarker({ markers: { m: '1.c' }, hasMoreMarkers: true }, 'm')).toBe(false);
    expect(hidesMarker({ markers: { m: '1.c' }, hasMoreMarkers: true }, 'other')).toBe(true);
    expect(hidesMarker({ markers: {}, hasMoreMarkers: false }, 'other')).toBe(false);
  });
});
