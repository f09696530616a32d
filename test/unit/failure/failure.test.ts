import { describe, expect, it } from '@jest/globals';
import { at, fail, failure, failureKey, retryOf, through, withOthers } from '../../../src/failure/failure.ts';

const CALL = { service: 'secretsmanager', region: 'eu-central-1', resource: { type: 'secret', name: 'db' } } as const;

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

  it('carries its facts instead of a text', () => {
    expect(failure('RemoteSecretNotFound', CALL)).toEqual({ reason: 'RemoteSecretNotFound', facts: CALL });
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
    expect(at('data[2] (key "db")', inner)).toEqual({ ...inner, entry: 'data[2] (key "db")' });
    expect(at('data[2]', at('property number 1', inner))).toEqual({ ...inner, entry: 'data[2]: property number 1' });
    const read = failure('RemoteSecretNotFound', CALL);
    expect(at('data[2]', at('property number 1', read))).toEqual({ ...read, facts: { ...CALL, entry: 'data[2]: property number 1' } });
  });

  it('is the same failure as another if readers are told the same, whatever caused it', () => {
    const one = failure('RemoteSecretNotFound', CALL, { cause: new Error('one') });
    expect(failureKey(one)).toBe(failureKey(failure('RemoteSecretNotFound', { ...CALL }, { cause: new Error('other'), retryAfterMs: 5 })));
    const others = [
      failure('AccessDenied', CALL),
      failure('RemoteSecretNotFound', { ...CALL, region: 'us-east-1' }),
      failure('RemoteSecretNotFound', 'a text'),
      at('data[0]', one),
      at('data[0]', failure('RemoteSecretNotFound', 'a text')),
      withOthers(2, one),
      through('SecretStore', one),
      failure('RemoteSecretNotFound', CALL, { during: 'credentials' }),
      failure('RemoteSecretNotFound', CALL, { because: one }),
    ];
    expect(new Set([one, ...others].map(failureKey)).size).toBe(others.length + 1);
  });
});
