import { describe, expect, it } from '@jest/globals';
import { at, explain, fail, failure, retryOf } from '../../../src/api/failure.ts';
import { failureReasons } from '../../../src/api/reasons.ts';

describe('failure', () => {
  it('carries what the other side said about the next try, and the cause', () => {
    const cause = new Error('HTTP 429');
    expect(failure('Throttled', 'slow down', { cause, retryAfterMs: 5_000 })).toEqual({
      reason: 'Throttled',
      message: 'slow down',
      cause,
      retryAfterMs: 5_000,
    });
    expect(failure('InvalidSpec', 'data[0]')).toEqual({ reason: 'InvalidSpec', message: 'data[0]' });
  });

  it('is a result that is not ok', () => {
    expect(fail('InvalidSpec', 'data[0]')).toEqual({ ok: false, failure: { reason: 'InvalidSpec', message: 'data[0]' } });
  });

  it.each([
    ['Conflict', 'now'],
    ['Throttled', 'backoff'],
    ['InvalidSpec', 'change'],
  ] as const)('%s is tried again: %s', (reason, retry) => {
    expect(retryOf(failure(reason, ''))).toBe(retry);
  });

  it('is led by its place, and keeps the rest', () => {
    const inner = failure('PropertyNotFound', 'no property "user"', { retryAfterMs: 1 });
    expect(at('data[2] (key "db")', inner)).toEqual({ ...inner, message: 'data[2] (key "db"): no property "user"' });
  });

  it('is explained by message and hint, never by its cause', () => {
    const text = explain(failure('PropertyNotFound', 'no property "user"', { cause: new Error('canary') }));
    expect(text).toBe(`no property "user"; ${failureReasons.PropertyNotFound.hint}`);
  });
});
