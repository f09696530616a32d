// The shortening of a sentence that is too long.
import { describe, expect, it } from '@jest/globals';
import { fit, say } from '../../../../src/api/messages/fit.ts';

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
      expect(fit([quotes], most)).not.toMatch(/\\…/);
    }
  });
});
