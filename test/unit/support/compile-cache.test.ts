import { expect, it } from '@jest/globals';
import { CHILD_COVERAGE_VARIABLE } from '../../support/line-coverage/child-coverage.ts';
import { compileCacheEnvironment } from '../../support/operator/compile-cache.ts';

it('keeps code that counts what ran apart from code that does not', () => {
  const XDG_CACHE_HOME = '/cache';
  expect(compileCacheEnvironment({ XDG_CACHE_HOME })).toEqual({
    NODE_COMPILE_CACHE: '/cache/keytender/node-compile-cache/without-coverage',
  });
  expect(compileCacheEnvironment({ XDG_CACHE_HOME, [CHILD_COVERAGE_VARIABLE]: '/coverage' })).toEqual({
    NODE_COMPILE_CACHE: '/cache/keytender/node-compile-cache/with-coverage',
  });
});
