import { describe, expect, it } from '@jest/globals';
import { type Identity, identityKey, lastingIdentityKey } from '../../../../src/aws/credentials/identity.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';

const value = SecretValue.ofText('canary');

function stored(...origin: readonly string[]): Identity {
  const base = { kind: 'static', accessKeyId: value, secretAccessKey: value, origin } as const;
  return { service: 'SecretsManager', region: 'eu-central-1', base, roles: [] };
}

describe('lastingIdentityKey', () => {
  it('is the same when stored credentials are renewed, and no other', () => {
    const [before, after] = [stored('u/1/id', 'u/1/key'), stored('u/2/id', 'u/2/key')];
    expect(identityKey(before)).not.toBe(identityKey(after));
    expect(lastingIdentityKey(before)).toBe(lastingIdentityKey(after));
    const others = [stored('v/1/id', 'v/1/key'), stored('u/1/id', 'u/1/other'), { ...before, region: 'eu-west-1' }];
    for (const other of others) expect(lastingIdentityKey(other)).not.toBe(lastingIdentityKey(before));
  });

  it('is the key of the identity where no credentials are stored', () => {
    const operator: Identity = { ...stored(), base: { kind: 'operator' } };
    expect(lastingIdentityKey(operator)).toBe(identityKey(operator));
  });
});
