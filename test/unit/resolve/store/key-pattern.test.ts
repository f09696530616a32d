import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, string } from 'fast-check';
import { keyPatternFor, keyPatternProblem, matchesPattern, segmentsOf } from '../../../../src/resolve/store/key-pattern.ts';

const matches = (pattern: string, key: string, namespace = 'team'): boolean =>
  matchesPattern(keyPatternFor(pattern, namespace), segmentsOf(key));

/** The same by a regular expression, which takes exponential time at worst. */
function expected(pattern: string, key: string): boolean {
  const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(key);
}

describe('a pattern for names', () => {
  it('matches whole names, as IAM does', () => {
    const letters = array(constantFrom('a', 'b', '/', '*', '*', '?'), { minLength: 1, maxLength: 9 }).map((all) => all.join(''));
    assert(
      property(
        letters.filter((pattern) => keyPatternProblem(pattern) === undefined),
        string({ unit: constantFrom('a', 'b', '/'), maxLength: 9 }),
        (pattern, key) => {
          expect([pattern, key, matches(pattern, key)]).toEqual([pattern, key, expected(pattern, key)]);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('has the namespace of the resource in it', () => {
    expect(matches('${namespace}/*', 'team/db')).toBe(true);
    expect(matches('${namespace}/*', 'team-b/db')).toBe(false);
    expect(matches('x/${namespace}/${namespace}', 'x/a/a', 'a')).toBe(true);
    expect(matches('${namespace}/*', '${namespace}/db')).toBe(false);
  });
});

describe('a pattern for ARNs', () => {
  it('is matched part by part: a star reaches over no colon between them', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:team/db-AbCdEf';
    expect(matches('arn:aws:secretsmanager:*:111122223333:secret:team/*', arn)).toBe(true);
    expect(matches('arn:*:*:*:*:*', arn)).toBe(true);
    expect(matches('arn:*:*:*:*:*', 'team/db')).toBe(false);
    expect(matches('arn:aws:secretsmanager:*:111122223333:secret:team/??-??????', arn)).toBe(true);
    const foreign = 'arn:aws:secretsmanager:eu-central-1:999999999999:secret:x:111122223333:secret:team/db';
    expect(matches('arn:aws:secretsmanager:*:111122223333:secret:team/*', foreign)).toBe(false);
    expect(matches('*', arn)).toBe(false);
  });
});

describe('keyPatternProblem', () => {
  it.each(['*', 'team/*', '${namespace}/*', 'a?b*c', '*c?d', '?*?', 'arn:aws:ssm:*:?11122223333:parameter/*/a', 'arn*'])(
    'takes %s',
    (pattern) => {
      expect(keyPatternProblem(pattern)).toBeUndefined();
    },
  );

  it.each([
    ['$namespace', /variable/],
    ['${name}', /variable/],
    ['${namespace', /variable/],
    ['team/db:3', /colon/],
    ['*:secret:*', /colon/],
    ['arn:*', /six parts/],
    ['arn:aws:secretsmanager:secret:a', /six parts/],
    ['arn:aws:ssm::111122223333:parameter/a', /six parts/],
    ['arn:aws:ssm:eu-central-1:111122223333:', /six parts/],
    ['*a?b*', /between two/],
    ['arn:aws:ssm:*:*:parameter/*?*', /between two/],
  ])('refuses %s', (pattern, problem) => {
    expect(keyPatternProblem(pattern)).toMatch(problem);
  });
});
