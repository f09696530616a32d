// Readers that may see the identity of a store.
import { describe, expect, it } from '@jest/globals';
import { failure, through, type Failure } from '../../../src/failure/failure.ts';
import type { IdentityFacts } from '../../../src/failure/failure-facts.ts';
import { messageFor } from '../../../src/messages/message.ts';
import { unknownReader, owner, tenantOf } from '../../../src/messages/reader.ts';

const ROLE = 'arn:aws:iam::111122223333:role/r';
const ACCOUNT: IdentityFacts = {
  label: 'ServiceAccount vault/reader',
  from: 'service-account',
  object: { kind: 'ServiceAccount', namespace: 'vault', name: 'reader' },
  roles: 0,
};
const OPERATOR: IdentityFacts = { label: 'operator identity', from: 'operator', roles: 0 };
const exchanged = { service: 'sts', operation: 'AssumeRoleWithWebIdentity', region: 'r', resource: { type: 'role', name: ROLE } } as const;
const ofCluster = (of: Failure): Failure => through('ClusterSecretStore', of);
const ofOwn = (of: Failure): Failure => through('SecretStore', of);
const NO_CREDENTIALS = 'the ClusterSecretStore got no credentials; the conditions of the store say why';

describe('a failure to get credentials', () => {
  const denied = failure('AssumeRoleDenied', { ...exchanged, identity: ACCOUNT }, { during: 'credentials' });

  it('names the ServiceAccount in its own namespace only', () => {
    for (const [told, reader] of [
      [denied, owner],
      [ofCluster(denied), tenantOf('vault')],
      [ofOwn(denied), tenantOf('vault')],
    ] as const) {
      expect(messageFor(told, reader)).toContain(`ServiceAccount vault/reader may not call sts:AssumeRoleWithWebIdentity for role ${ROLE}`);
    }
    for (const reader of [unknownReader, tenantOf('team')]) {
      expect(messageFor(denied, reader)).toBe(NO_CREDENTIALS);
      expect(messageFor(ofCluster(denied), reader)).toBe(NO_CREDENTIALS);
    }
  });

  it('names no role that a ClusterSecretStore assumes', () => {
    const chain = failure('AssumeRoleDenied', { ...exchanged, operation: 'AssumeRole', identity: OPERATOR }, { during: 'credentials' });
    expect(messageFor(ofCluster(chain), tenantOf('team'))).toBe(NO_CREDENTIALS);
    expect(messageFor(ofOwn(chain), tenantOf('team'))).toContain(`operator identity may not call sts:AssumeRole for role ${ROLE}`);
    expect(messageFor(failure('KubernetesUnavailable', 'text', { during: 'credentials' }), tenantOf('team'))).toBe(NO_CREDENTIALS);
  });

  it('of the operator itself is told as it is', () => {
    const none = failure('CredentialsUnavailable', { identity: OPERATOR }, { during: 'credentials' });
    expect(messageFor(ofCluster(none), tenantOf('team'))).toMatch(/^no credentials were found for operator identity; /);
  });
});

describe('a failure of the service', () => {
  const read = (identity: IdentityFacts): string =>
    messageFor(ofCluster(failure('AccessDenied', { service: 'ssm', operation: 'GetParameter', identity, region: 'r' })), tenantOf('team'));

  it.each<[string, IdentityFacts, boolean]>([
    ['a role of the store', { label: ROLE, from: 'operator', roles: 1 }, false],
    [
      'an access key of another namespace',
      { label: 'AKIA', from: 'access-key', object: { kind: 'Secret', namespace: 'x', name: 'k' }, roles: 0 },
      false,
    ],
    ['an access key of nobody knows where', { label: 'AKIA', from: 'access-key', roles: 0 }, false],
    ['a ServiceAccount of another namespace', ACCOUNT, false],
    ['a ServiceAccount of the own namespace', { ...ACCOUNT, object: { kind: 'ServiceAccount', namespace: 'team', name: 'reader' } }, true],
    ['the operator itself', OPERATOR, true],
  ])('through a ClusterSecretStore, as %s', (_who, identity, isTold) => {
    expect(read(identity)).toContain(`${isTold ? identity.label : 'the ClusterSecretStore'} may not call ssm:GetParameter`);
    if (!isTold) expect(read(identity)).not.toContain(identity.label);
  });

  it('of a SecretStore names its identity, but never one that belongs to another namespace', () => {
    const facts = { service: 'ssm', identity: { label: ROLE, from: 'operator', roles: 1 } } as const;
    expect(messageFor(ofOwn(failure('Throttled', facts)), tenantOf('team'))).toContain(ROLE);
    expect(messageFor(ofOwn(failure('Throttled', { ...facts, identity: ACCOUNT })), tenantOf('team'))).toContain(
      ' throttles the calls of the store in ',
    );
  });
});

describe('a queue that is read as a ClusterSecretStore', () => {
  const failing = (because: Failure): Failure => failure('EventsQueueFailing', {}, { because });

  it('tells a SecretStore that it cannot be read, and nothing of the other store', () => {
    const texts = [
      failing(failure('CredentialsMissing', 'Secret vault/aws-key does not exist')),
      failing(failure('AssumeRoleDenied', { ...exchanged, identity: ACCOUNT }, { during: 'credentials' })),
      failing(
        failure('AccessDenied', { service: 'sqs', operation: 'ReceiveMessage', identity: { label: ROLE, from: 'operator', roles: 1 } }),
      ),
    ].map((made) => ({ told: messageFor(made, tenantOf('team')), whole: messageFor(made, owner) }));
    for (const { told, whole } of texts) {
      expect(told).not.toMatch(/vault|arn:/);
      expect(whole).toMatch(/vault|arn:/);
      expect(told).toMatch(/check the URL of the queue|the conditions of the store say why$/);
    }
    expect(texts[1]?.told).toBe('the ClusterSecretStore got no credentials; the conditions of the store say why');
  });
});

describe('why a store cannot be used', () => {
  const because = failure('CredentialsMissing', 'Secret vault/aws-key does not exist');

  it('is told of a SecretStore, and of a ClusterSecretStore on the store only', () => {
    const own = failure('StoreNotReady', { object: { kind: 'SecretStore', name: 'aws' } }, { because });
    expect(messageFor(own, tenantOf('vault'))).toMatch(/^SecretStore "aws" cannot be used: Secret vault\/aws-key does not exist; /);
    const shared = failure('StoreNotReady', { object: { kind: 'ClusterSecretStore', name: 'aws' } }, { because });
    expect(messageFor(shared, tenantOf('team'))).toBe('ClusterSecretStore "aws" cannot be used; the conditions of the store say why');
    expect(messageFor(shared, owner)).toContain('vault/aws-key');
  });
});
