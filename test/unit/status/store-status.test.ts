import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { fail } from '../../../src/failure/failure.ts';
import { ok } from '../../../src/base/result.ts';
import { storeStatus } from '../../../src/status/store-status.ts';

const NOW = '2026-01-02T00:00:00.000Z';

describe('storeStatus', () => {
  it('says as whom secrets are read, and keeps saying it while that fails', () => {
    const valid = storeStatus(keytender.words, undefined, 1, ok({ identityName: 'AKIA' }), NOW);
    expect(valid).toEqual({
      observedGeneration: 1,
      identity: 'AKIA',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'StoreValid',
          message: 'secrets are read as AKIA',
          observedGeneration: 1,
          lastTransitionTime: NOW,
        },
      ],
    });
    const invalid = storeStatus(keytender.words, valid, 2, fail('CredentialsMissing', 'no Secret'), NOW);
    expect(invalid).toMatchObject({
      identity: 'AKIA',
      observedGeneration: 2,
      conditions: [{ status: 'False', reason: 'CredentialsMissing' }],
    });
    expect(invalid.conditions?.[0]?.message).toMatch(/^no Secret; create /);
  });
});
