import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nameFilters } from '../../../../src/source/list/name-filters.ts';

describe('nameFilters', () => {
  it('is the names themselves as long as they fit', () => {
    expect(nameFilters(['b', 'a', 'b'])).toEqual(['a', 'b']);
    expect(nameFilters([])).toEqual([]);
  });

  it('shortens to what neighbours share, cutting where they share least', () => {
    const names = ['one', 'two', 'six', 'ten', 'prod/db/a', 'prod/db/b', 'prod/web/a', 'x/1', 'y/1', 'z/1', 'k/1'];
    expect(nameFilters(names)).toEqual(['k/1', 'one', 'prod/db/', 'prod/web/a', 'six', 'ten', 'two', 'x/1', 'y/1', 'z/1']);
  });

  it('is no filter at all where eleven names share nothing', () => {
    expect(nameFilters('abcdefghijk'.split(''))).toEqual([]);
  });

  it('lets every name through, and keeps to the limits', () => {
    const part = fc.constantFrom('prod', 'stage', 'db', 'api', 'a', 'b', 'ü');
    const name = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
      fc.string({ minLength: 1, maxLength: 600 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (names) => {
        const filters = nameFilters(names);
        expect(filters.length).toBeLessThanOrEqual(10);
        for (const filter of filters) expect(filter.length).toBeGreaterThan(0);
        for (const filter of filters) expect(filter.length).toBeLessThanOrEqual(512);
        if (filters.length > 0) for (const each of names) expect(filters.some((filter) => each.startsWith(filter))).toBe(true);
      }),
    );
  });
});
