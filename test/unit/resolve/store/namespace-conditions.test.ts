import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { StoreCondition } from '../../../../src/api/schema/secret-store.ts';
import { namespaceAllowed, regexProblem } from '../../../../src/resolve/store/namespace-conditions.ts';

const allowed = (condition: StoreCondition, name: string, labels: Readonly<Record<string, string>> | undefined = {}) =>
  namespaceAllowed([condition], { name, labels });
const where = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]): StoreCondition => ({
  namespaceSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] },
});

describe('namespaceAllowed', () => {
  it('allows everybody without conditions, and nobody by an empty one', () => {
    expect(namespaceAllowed(undefined, { name: 'a', labels: {} })).toBe(true);
    expect(namespaceAllowed([], { name: 'a', labels: {} })).toBe(true);
    expect(allowed({}, 'a')).toBe(false);
    expect(allowed({ namespaces: [], namespaceRegexes: [] }, 'a')).toBe(false);
  });

  it('takes names and expressions for the whole name only', () => {
    expect(allowed({ namespaces: ['team'] }, 'team')).toBe(true);
    expect(allowed({ namespaces: ['team'] }, 'team-b')).toBe(false);
    expect(allowed({ namespaceRegexes: ['team'] }, 'team-b')).toBe(false);
    expect(allowed({ namespaceRegexes: ['team-.*'] }, 'team-b')).toBe(true);
    expect(allowed({ namespaceRegexes: ['a|b'] }, 'ab')).toBe(false);
    expect(allowed({ namespaceRegexes: ['^team$'] }, 'team')).toBe(true);
  });

  it('is satisfied with one condition, and with one part of it', () => {
    const conditions: StoreCondition[] = [{ namespaces: ['x'] }, { namespaces: ['y'], namespaceRegexes: ['t.*'] }];
    for (const [name, expected] of [
      ['x', true],
      ['y', true],
      ['team', true],
      ['z', false],
    ] as const) {
      expect(namespaceAllowed(conditions, { name, labels: {} })).toBe(expected);
    }
  });

  it.each(['(', '[a', 'a(?=b)', '(a)\\1', '*'])('allows nobody by %j, which is no RE2 expression', (expression) => {
    expect(regexProblem(expression)).toBeDefined();
    expect(allowed({ namespaceRegexes: [expression] }, 'a')).toBe(false);
  });

  it('stays linear for what would take a backtracking engine for ever', () => {
    expect(allowed({ namespaceRegexes: ['(a+)+$'] }, `${'a'.repeat(62)}!`)).toBe(false);
    expect(allowed({ namespaceRegexes: ['(a|a)*b'] }, 'a'.repeat(63))).toBe(false);
  });

  it.each<[StoreCondition, Record<string, string>, boolean]>([
    [{ namespaceSelector: {} }, {}, true],
    [{ namespaceSelector: { matchLabels: { team: 'a' } } }, { team: 'a', more: 'x' }, true],
    [{ namespaceSelector: { matchLabels: { team: 'a', tier: 'b' } } }, { team: 'a' }, false],
    [{ namespaceSelector: { matchLabels: { constructor: 'x' } } }, {}, false],
    [where('team', 'In', ['a', 'b']), { team: 'b' }, true],
    [where('team', 'In', ['a']), {}, false],
    [where('team', 'In'), { team: 'a' }, false],
    [where('team', 'NotIn', ['a']), {}, true],
    [where('team', 'NotIn', ['a']), { team: 'a' }, false],
    [where('team', 'Exists'), { team: '' }, true],
    [where('toString', 'Exists'), {}, false],
    [where('team', 'DoesNotExist'), {}, true],
    [where('team', 'DoesNotExist'), { team: '' }, false],
    [{ namespaceSelector: { matchLabels: { team: 'a' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] } }, { team: 'a' }, false],
  ])('selects by %j from %j: %s', (condition, labels, expected) => {
    expect(allowed(condition, 'any', labels)).toBe(expected);
  });

  it('has NotIn as the opposite of In, and DoesNotExist of Exists', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
    fc.assert(
      fc.property(labels, fc.constantFrom('a', 'b', 'c'), fc.array(fc.constantFrom('x', 'y')), (have, key, values) => {
        expect(allowed(where(key, 'In', values), 'n', have)).toBe(!allowed(where(key, 'NotIn', values), 'n', have));
        expect(allowed(where(key, 'Exists'), 'n', have)).toBe(!allowed(where(key, 'DoesNotExist'), 'n', have));
      }),
    );
  });

  it('does not take a namespace that is not known yet for one without labels', () => {
    for (const condition of [{ namespaceSelector: {} }, where('restricted', 'DoesNotExist'), where('team', 'NotIn', ['a'])]) {
      expect(namespaceAllowed([condition], { name: 'new', labels: undefined })).toBe(false);
    }
    expect(namespaceAllowed([{ namespaces: ['new'] }], { name: 'new', labels: undefined })).toBe(true);
  });
});
