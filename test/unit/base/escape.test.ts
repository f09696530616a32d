// What cannot be seen in a text is escaped, and no escape and no character is cut in two.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { cutAfter, cutBefore, visible } from '../../../src/base/escape.ts';
import { excerpt, quote } from '../../../src/base/excerpt.ts';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** Controls, bidirectional overrides and isolates, separators, joiners, a BOM, tags beyond the BMP, halves of a pair. */
const odd = fc.constantFrom('\0', '\n', '\x7f', '\x85', '\xad', '\u061c', '\u200b', '\u200d', '\u200f', '\u2028', '\u2029', '\u202e');
const odder = fc.constantFrom('\u2066', '\u2069', '\ufeff', '\ufff9', '\u{110bd}', '\u{e0001}', '\u{e007f}', '\ud83d', '\udd11');
const ordinary = fc.constantFrom('"', '\\', 'u', 'u202e', 'a', '0', '…', '\u{1f511}', 'é');
const text = fc.oneof(
  fc.array(fc.oneof(odd, odder, ordinary), { maxLength: 60 }).map((all) => all.join('')),
  fc.string({ unit: 'binary' }),
);

describe('a visible text', () => {
  it('has nothing that cannot be seen, and keeps the rest', () => {
    fc.assert(
      fc.property(text, (any) => {
        const shown = visible(any);
        expect(shown).not.toMatch(INVISIBLE);
        expect(visible(shown)).toBe(shown);
        if (!INVISIBLE.test(any)) expect(shown).toBe(any);
      }),
    );
  });

  it.each([
    ['a\u202eb', String.raw`a\u202eb`],
    ['\u2028', String.raw`\u2028`],
    ['\x7f', String.raw`\u007f`],
    ['\u{e0001}', String.raw`\udb40\udc01`],
    ['\ud83d', String.raw`\ud83d`],
    ['\u{1f511} é', '\u{1f511} é'],
  ])('%j is shown as %s', (any, shown) => {
    expect(visible(any)).toBe(shown);
  });

  it('is a JSON string with the same content, where it is quoted', () => {
    fc.assert(
      fc.property(text, (any) => {
        const quoted = quote(any, 10_000);
        expect(quoted).not.toMatch(INVISIBLE);
        expect(JSON.parse(quoted)).toBe(any);
      }),
    );
  });
});

describe('a cut', () => {
  it('leaves whole characters and whole escapes on both of its sides, near the place that was asked for', () => {
    fc.assert(
      fc.property(text, fc.nat(2_000), (any, place) => {
        const escaped = quote(any, 10_000).slice(1, -1);
        const at = Math.min(place, escaped.length);
        const [before, after] = [cutBefore(escaped, at), cutAfter(escaped, at)];
        expect([at - before, after - at].every((moved) => moved >= 0 && moved < 6)).toBe(true);
        for (const part of [escaped.slice(0, before), escaped.slice(before), escaped.slice(0, after), escaped.slice(after)]) {
          expect(part.isWellFormed()).toBe(true);
          expect(typeof JSON.parse(`"${part}"`)).toBe('string');
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [String.raw`ab\u202ecd`, 5, 2, 8],
    [String.raw`ab\\cd`, 3, 2, 4],
    [String.raw`ab\\\ncd`, 4, 4, 4],
    [String.raw`ab\\u202e`, 5, 5, 5],
    ['a\u{1f511}b', 2, 1, 3],
    ['abc', 0, 0, 0],
    ['abc', 3, 3, 3],
  ])('of %s at %i is at %i or at %i', (any, at, before, after) => {
    expect([cutBefore(any, at), cutAfter(any, at)]).toEqual([before, after]);
  });

  it('of an excerpt cuts no escape in two', () => {
    expect(excerpt(String.raw`key "\u202e"`, 9)).toBe('key "…');
    expect(excerpt('a\u{1f511}', 2)).toBe('a…');
    expect(excerpt('abc', 3)).toBe('abc');
  });
});

describe('a megabyte that was made to cost time', () => {
  it.each([
    ['controls', '\u202e'],
    ['backslashes', '\\'],
    ['half pairs', '\ud83d'],
    ['quotes', '"'],
    ['escapes', String.raw`\u202e`],
  ])('of %s costs a fraction of a second', (_what, unit) => {
    const hostile = unit.repeat(Math.ceil(1_048_576 / unit.length));
    const started = process.cpuUsage();
    visible(hostile);
    for (let at = 0; at <= hostile.length; at += 104_857) cutAfter(hostile, cutBefore(hostile, at));
    quote(hostile);
    excerpt(hostile, 1_000_000);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
