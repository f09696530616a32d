import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { sharedIdentity } from '../../../../src/resolve/credentials/shared-identity.ts';
import { collectGarbage } from '../../../support/collect-garbage.ts';
import { settle } from '../../../support/fake-clock.ts';

const identity = (region: string): Identity => ({ service: 'SecretsManager', region, base: { kind: 'operator' }, roles: [] });

describe('sharedIdentity', () => {
  it('gives one object for equal identities, and another for others', () => {
    const first = sharedIdentity(identity('eu-central-1'));
    expect(sharedIdentity(identity('eu-central-1'))).toBe(first);
    expect(sharedIdentity(identity('eu-west-1'))).not.toBe(first);
    expect(sharedIdentity({ ...identity('eu-central-1'), service: 'ParameterStore' })).toMatchObject({ service: 'ParameterStore' });
  });

  it('keeps no identity that nobody else holds, and gives its successor out as well', async () => {
    const made = (() => new WeakRef(sharedIdentity(identity('sa-east-1'))))();
    await settle();
    collectGarbage();
    await settle();
    expect(made.deref()).toBeUndefined();
    const next = sharedIdentity(identity('sa-east-1'));
    await settle();
    expect(sharedIdentity(identity('sa-east-1'))).toBe(next);
  });
});
