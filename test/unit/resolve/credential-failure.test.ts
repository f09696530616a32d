// Who may hear the name of a ServiceAccount that a store uses.
import { describe, expect, it } from '@jest/globals';
import { failure, type Failure } from '../../../src/api/failure.ts';
import type { CredentialSource } from '../../../src/aws/credentials/identity.ts';
import { asToldIn } from '../../../src/resolve/credential-failure.ts';

const account = { namespace: 'vault', serviceAccount: 'reader', uid: 'u', roleArn: 'arn:aws:iam::111122223333:role/r', audiences: [] };
const identity: CredentialSource = { region: 'eu-central-1', base: { kind: 'web-identity', ...account }, roles: [] };
const denied: Failure = {
  ...failure('AssumeRoleDenied', 'ServiceAccount vault/reader may not call AssumeRoleWithWebIdentity'),
  during: 'credentials',
};

describe('a failure to get credentials', () => {
  it('names the ServiceAccount in its own namespace only', () => {
    expect(asToldIn('vault', denied, identity)).toBe(denied);
    const told = asToldIn('team', denied, identity);
    expect(told.reason).toBe('AssumeRoleDenied');
    expect(told.message).not.toContain('vault');
  });

  it('of a role or a key, and every failure of the service itself, is told as it is', () => {
    const operator: CredentialSource = { ...identity, base: { kind: 'operator' } };
    expect(asToldIn('team', denied, operator)).toBe(denied);
    const { during: _during, ...ofService } = denied;
    expect(asToldIn('team', ofService, identity)).toBe(ofService);
  });
});
