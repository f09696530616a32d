import { describe, expect, it } from '@jest/globals';
import { assert, property, stringMatching } from 'fast-check';
import type { Identity, SecretService } from '../../../../src/aws/credentials/identity.ts';
import type { VersionSelector } from '../../../../src/aws/port.ts';
import type { Change } from '../../../../src/source/references/change.ts';
import { changeTerms, expectedVersion, indexTerms, isAffected } from '../../../../src/source/references/affected-references.ts';
import type { RemoteReference } from '../../../../src/source/port.ts';

const CURRENT: VersionSelector = { kind: 'stage', stage: 'AWSCURRENT' };
const PREVIOUS: VersionSelector = { kind: 'stage', stage: 'AWSPREVIOUS' };
const PINNED: VersionSelector = { kind: 'id', id: 'v1' };
const BASE = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';

function reference(
  secretId: string,
  version = CURRENT,
  service: SecretService = 'SecretsManager',
  region = 'eu-central-1',
): RemoteReference {
  const identity: Identity = { service, region, base: { kind: 'operator' }, roles: [] };
  return { identity, secretId, version };
}

/** As in the engine: found by a term first, then compared. */
function concerns(change: Change, asked: RemoteReference): boolean {
  const terms = changeTerms(change);
  return indexTerms(asked).some((term) => terms.has(term)) && isAffected(asked, change);
}

const orders: Change = {
  service: 'SecretsManager',
  name: 'db/orders',
  arn: `${BASE}db/orders-a1B2c3`,
  account: '111122223333',
  region: 'eu-central-1',
  stages: ['AWSCURRENT'],
  versionId: 'v2',
};

describe('a change concerns', () => {
  it.each([
    ['the name', 'db/orders'],
    ['the ARN', `${BASE}db/orders-a1B2c3`],
    ['the partial ARN', `${BASE}db/orders`],
  ])('whoever refers to it by %s', (_title, secretId) => {
    expect(concerns(orders, reference(secretId))).toBe(true);
    const { arn: _, ...byName } = orders;
    expect(concerns(byName, reference(secretId))).toBe(true);
  });

  it.each([
    ['another name', reference('db/orders2')],
    ['a longer name that ends like an ARN', reference('db/orders-a1B2c3')],
    ['the ARN of an earlier secret of this name', reference(`${BASE}db/orders-zZzZzZ`)],
    ['another region', reference('db/orders', CURRENT, 'SecretsManager', 'us-east-1')],
    ['another region by ARN', reference('arn:aws:secretsmanager:us-east-1:111122223333:secret:db/orders')],
    ['another account', reference('arn:aws:secretsmanager:eu-central-1:444455556666:secret:db/orders')],
    ['another service', reference('db/orders', CURRENT, 'ParameterStore')],
    ['another label', reference('db/orders', { kind: 'stage', stage: 'CANARY' })],
    ['a pinned version', reference('db/orders', PINNED)],
    ['its tags', reference('db/orders', { kind: 'tags' })],
  ])('nobody who refers to %s', (_title, asked) => {
    expect(concerns(orders, asked)).toBe(false);
  });

  it('a secret whose name ends in six characters after a hyphen, however it is called', () => {
    const odd: Change = { ...orders, name: 'db/orders-abcdef', arn: `${BASE}db/orders-abcdef-Xy12Z3` };
    expect(concerns(odd, reference('db/orders-abcdef'))).toBe(true);
    expect(concerns(odd, reference(`${BASE}db/orders-abcdef`))).toBe(true);
    expect(concerns(odd, reference(`${BASE}db/orders-abcdef-Xy12Z3`))).toBe(true);
    expect(concerns(odd, reference('db/orders'))).toBe(false);
  });

  it('everyone whom it might, where only the words of a caller are known', () => {
    const called = (calledBy: string): Change => ({ service: 'SecretsManager', calledBy, stages: ['AWSCURRENT'] });
    for (const id of ['db/orders', `${BASE}db/orders`, `${BASE}db/orders-a1B2c3`]) {
      expect(concerns(called(id), reference('db/orders'))).toBe(true);
      expect(concerns(called(id), reference(`${BASE}db/orders-a1B2c3`))).toBe(true);
    }
    expect(concerns(called(`${BASE}db/orders-abcdef`), reference('db/orders-abcdef'))).toBe(true);
    expect(concerns(called('db/other'), reference('db/orders'))).toBe(false);
  });

  it('AWSPREVIOUS when AWSCURRENT moves, without a version to expect', () => {
    expect(concerns(orders, reference('db/orders', PREVIOUS))).toBe(true);
    expect(expectedVersion(reference('db/orders', PREVIOUS), orders)).toBeUndefined();
    expect(expectedVersion(reference('db/orders'), orders)).toBe('v2');
  });

  it('also a pinned version when the secret as a whole comes or goes', () => {
    const { stages: _stages, versionId: _versionId, ...whole } = orders;
    expect(concerns(whole, reference('db/orders', PINNED))).toBe(true);
  });

  it.each(['/app/dsn', 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/dsn', '/app/dsn:3'])('the parameter %s', (secretId) => {
    const dsn: Change = {
      service: 'ParameterStore',
      name: '/app/dsn',
      arn: 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/dsn',
      account: '111122223333',
      region: 'eu-central-1',
    };
    expect(concerns(dsn, reference(secretId, CURRENT, 'ParameterStore'))).toBe(true);
    expect(concerns(dsn, reference('/app/dsn2', CURRENT, 'ParameterStore'))).toBe(false);
    expect(concerns({ service: 'ParameterStore', calledBy: '/app/dsn' }, reference(secretId, CURRENT, 'ParameterStore'))).toBe(true);
    const several = { service: 'ParameterStore', calledBy: '/app/key', alsoCalled: ['/other', '/app/dsn'] } as const;
    expect(concerns(several, reference(secretId, CURRENT, 'ParameterStore'))).toBe(true);
  });

  it('for every name: the name itself and its ARNs, and no other name', () => {
    const part = stringMatching(/^[A-Za-z0-9/_+=.@-]{1,40}$/);
    const suffix = stringMatching(/^[A-Za-z0-9]{6}$/);
    assert(
      property(part, part, suffix, (name, other, random) => {
        const change: Change = { ...orders, name, arn: `${BASE}${name}-${random}` };
        for (const id of [name, `${BASE}${name}`, `${BASE}${name}-${random}`]) expect(concerns(change, reference(id))).toBe(true);
        expect(concerns(change, reference(other))).toBe(other === name);
      }),
    );
  });
});
