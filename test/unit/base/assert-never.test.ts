import { describe, expect, it } from '@jest/globals';
import { assertNever } from '../../../src/base/assert-never.ts';

describe('assertNever', () => {
  it('names the case that should not be', () => {
    expect(() => assertNever('sideways' as never)).toThrow(new TypeError('unexpected case: sideways'));
  });
});
