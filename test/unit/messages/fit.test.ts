// The shortening of a sentence that is too long.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fit, say } from '../../../src/messages/fit.ts';
import { quoted, placeholderOf } from '../../../src/messages/words.ts';

const resource = { slot: 'resource', text: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${'a'.repeat(80)}-end` } as const;
const identity = { slot: 'identity', text: `arn:aws:iam::111122223333:role/${'b'.repeat(80)}/last` } as const;

describe('a sentence that is too long', () => {
  it('loses the middle of its resource first, then that of its identity', () => {
    const pieces = say`${identity} may not read ${resource}; allow it`;
    expect(fit(pieces, 400)).toBe(`${identity.text} may not read ${resource.text}; allow it`);
    const cut = fit(pieces, 200);
    expect(cut).toHaveLength(200);
    expect(cut).toContain(identity.text);
    expect(cut).toMatch(/ may not read arn:aws:secretsm\S*…\S*a-end; allow it$/);
    const both = fit(pieces, 100);
    expect(both).toHaveLength(100);
    expect(both).toMatch(/^arn:aws:iam\S*…\S*\/last may not read arn:aws:secr…aaaaaaa-end; allow it$/);
  });

  it('keeps what is not cut, even if it stays too long', () => {
    expect(fit(say`do ${'this'} and that`, 3)).toBe('do this and that');
  });

  it('cuts no character in two', () => {
    const keys = { slot: 'resource', text: '\u{1f511}'.repeat(40) } as const;
    const quotes = { slot: 'resource', text: String.raw`\"`.repeat(40) } as const;
    for (let most = 24; most < 60; most += 1) {
      expect(fit([keys], most).isWellFormed()).toBe(true);
      expect(fit([quotes], most)).toMatch(/^(?:\\")*…(?:\\")*$/);
    }
  });

  it('cuts no escape in two, whatever was quoted', () => {
    const odd = fc.constantFrom('\u202e', '\u2028', '\n', '\0', '"', '\\', 'u', '2', 'a', '\u{1f511}', '\u{e0001}', '\ud83d');
    const text = fc.array(odd, { maxLength: 300 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 24, max: 300 }), (any, most) => {
        const cut = fit(quoted('resource', any), most).slice(1, -1);
        for (const part of cut.split('…')) expect(typeof JSON.parse(`"${part}"`)).toBe('string');
        expect(cut).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        if (!cut.includes('…')) expect(JSON.parse(`"${cut}"`)).toBe(any);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['what cannot be seen', '\u202e'],
    ['backslashes', '\\'],
    ['quotes', '"'],
    ['half pairs', '\ud83d'],
    ['pairs', '\u{1f511}'],
  ])('of a megabyte of %s costs a fraction of a second', (_what, unit) => {
    const hostile = unit.repeat(1_048_576 / unit.length);
    const started = process.cpuUsage();
    for (const most of [60, 160, 300]) {
      const cut = fit([...quoted('resource', hostile), placeholderOf('text', hostile)], most);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(cut).toMatch(/…/);
    }
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
