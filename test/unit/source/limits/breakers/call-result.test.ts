// What the answers of one call tell about the identity and the service that others use too.
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../../../../src/base/result.ts';
import { fail } from '../../../../../src/failure/failure.ts';
import { callResultOf } from '../../../../../src/source/limits/breakers/call-result.ts';
import { identityNamed } from '../../engine-world.ts';

const identity = identityNamed('shared');
const denied = fail('AssumeRoleDenied', { service: 'sts' }, { during: 'credentials' });

describe('callResultOf', () => {
  it.each(['session-limit', 'namespace-session-limit'] as const)(
    'learns nothing about a shared identity from a namespace that may not call STS now (%s)',
    (problem) => {
      const limited = fail('Throttled', { service: 'sts', problem, limit: 10 }, { during: 'credentials', retryAfterMs: 5_000 });
      expect(callResultOf(identity, [limited, limited])).toBeUndefined();
      expect(callResultOf(identity, [limited, denied])).toMatchObject({ kind: 'identity', failure: { reason: 'AssumeRoleDenied' } });
    },
  );

  it('learns from one answer that the identity is accepted', () => {
    expect(callResultOf(identity, [denied, ok('value')])).toEqual({ kind: 'passed' });
    expect(callResultOf(identity, [denied])).toMatchObject({ kind: 'identity' });
  });
});
