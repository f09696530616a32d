import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { secretKeyProblem, toSecretKey } from '../../../../src/resolve/entries/secret-key.ts';

describe('secretKeyProblem', () => {
  it('takes what the API server takes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,60}$/), (key) => expect(secretKeyProblem(key)).toBeUndefined()),
    );
    for (const key of ['__proto__', '.dockerconfigjson', '.a', '-', 'a'.repeat(253)]) expect(secretKeyProblem(key)).toBeUndefined();
  });

  it.each(['', '.', '..', '..a', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(254)])('refuses %j and says why', (key) => {
    expect(secretKeyProblem(key)).toMatch(/^it /);
  });
});

describe('toSecretKey', () => {
  it('gives a key for every property name, but for the ones that no replacement can mend', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (name) => {
        const key = toSecretKey(name);
        if (!key.startsWith('..') && key !== '.') expect(secretKeyProblem(key)).toBeUndefined();
        expect(toSecretKey(key)).toBe(key);
      }),
    );
  });

  it('replaces characters, not their halves', () => {
    expect(toSecretKey('a b/c😀')).toBe('a_b_c_');
  });
});
