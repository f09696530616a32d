// Messages for each situation: what failed, where, with which identity, and what to do, within the permissions of the reader.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { at, failure, through, withOthers, type Failure } from '../../../src/failure/failure.ts';
import type { DenialFacts, FailureFacts, IdentityFacts, Problem } from '../../../src/failure/failure-facts.ts';
import { failureReasons, type FailureReason } from '../../../src/failure/reasons.ts';
import { MAX_MESSAGE, messageFor, sentenceFor } from '../../../src/messages/message.ts';
import { unknownReader, owner, tenantOf, type Reader } from '../../../src/messages/reader.ts';

const ROLE = 'arn:aws:iam::111122223333:role/reader';
const IDENTITY: IdentityFacts = { label: ROLE, from: 'operator', environment: 'web-identity', roles: 1 };
const KEY_SECRET = { kind: 'Secret', namespace: 'team', name: 'aws-key' };
const KEY: IdentityFacts = { label: 'AKIAABCDEFGHIJKLMNOP', from: 'access-key', object: KEY_SECRET, roles: 0 };
const ACCOUNT: IdentityFacts = {
  label: 'ServiceAccount team/app',
  from: 'service-account',
  object: { kind: 'ServiceAccount', namespace: 'team', name: 'app' },
  roles: 0,
};
const OPERATOR: IdentityFacts = { label: 'operator identity', from: 'operator', environment: 'other', roles: 0 };
const AT = { service: 'secretsmanager', region: 'eu-central-1', operation: 'GetSecretValue', identity: IDENTITY } as const;
const SECRET = { ...AT, resource: { type: 'secret', name: 'db/orders' } } as const;
const PARAMETER = {
  ...AT,
  service: 'ssm',
  operation: 'GetParameter',
  resource: { type: 'parameter', name: '/app/db', version: 'label live' },
} as const;
const ASSUMED = { service: 'sts', region: 'eu-central-1', operation: 'AssumeRole', resource: { type: 'role', name: ROLE } } as const;
const QUEUE = { ...AT, service: 'sqs', operation: 'ReceiveMessage', resource: { type: 'queue', name: 'q' } } as const;

const denied = (policy: DenialFacts['policy'], kind: DenialFacts['kind']): FailureFacts => ({ ...SECRET, denial: { policy, kind } });
const MAY_NOT = `${ROLE} may not call secretsmanager:GetSecretValue for secret "db/orders" in eu-central-1: `;

const situations: readonly (readonly [FailureReason, FailureFacts, string])[] = [
  ['AccessDenied', SECRET, `${MAY_NOT}AWS does not say why; allow the call on this secret to the identity, and look for a Deny`],
  [
    'AccessDenied',
    denied('identity-policy', 'missing'),
    `${MAY_NOT}no identity policy allows it; allow the call in a policy of the identity`,
  ],
  [
    'AccessDenied',
    denied('identity-policy', 'explicit'),
    `${MAY_NOT}a Deny in an identity policy refuses it; take the Deny out of a policy of the identity`,
  ],
  [
    'AccessDenied',
    denied('resource-policy', 'missing'),
    `${MAY_NOT}no resource policy allows it; allow the call in the resource policy of the secret`,
  ],
  [
    'AccessDenied',
    denied('service-control-policy', 'explicit'),
    `${MAY_NOT}a Deny in a service control policy refuses it; ask the administrators of the AWS organization to take the Deny out`,
  ],
  [
    'AccessDenied',
    denied('permissions-boundary', 'missing'),
    `${MAY_NOT}no permissions boundary allows it; allow the call in the permissions boundary of the identity`,
  ],
  [
    'AccessDenied',
    denied('vpc-endpoint-policy', 'missing'),
    `${MAY_NOT}no VPC endpoint policy allows it; allow the call in the policy of the VPC endpoint`,
  ],
  [
    'AccessDenied',
    PARAMETER,
    `${ROLE} may not call ssm:GetParameter for parameter "/app/db" (label live) in eu-central-1: AWS does not say why; allow the call on this parameter to the identity, and look for a Deny`,
  ],
  [
    'AccessDenied',
    { ...AT, service: 'sqs', operation: 'DeleteMessageBatch', resource: { type: 'queue', name: 'changes' } },
    `${ROLE} may not call sqs:DeleteMessage for queue "changes" in eu-central-1: AWS does not say why; allow the call on this queue to the identity, and look for a Deny`,
  ],
  [
    'AssumeRoleDenied',
    { ...ASSUMED, identity: KEY },
    `AKIAABCDEFGHIJKLMNOP may not call sts:AssumeRole for role ${ROLE} in eu-central-1: AWS does not say why; allow it to the caller, and check the trust policy of the role, external id and sts:TagSession`,
  ],
  [
    'AssumeRoleDenied',
    { ...ASSUMED, operation: 'AssumeRoleWithWebIdentity', identity: ACCOUNT },
    `ServiceAccount team/app may not call sts:AssumeRoleWithWebIdentity for role ${ROLE} in eu-central-1: AWS does not say why; check the trust policy of the role: the cluster's OIDC provider, the subject and the audience`,
  ],
  [
    'AssumeRoleRefused',
    { ...ASSUMED, identity: KEY, code: 'PackedPolicyTooLarge' },
    `STS refused sts:AssumeRole of AKIAABCDEFGHIJKLMNOP for role ${ROLE} in eu-central-1 (PackedPolicyTooLarge); use fewer or shorter session tags in the store`,
  ],
  [
    'AssumeRoleRefused',
    { ...ASSUMED, identity: KEY, code: 'RegionDisabledException' },
    `STS refused sts:AssumeRole of AKIAABCDEFGHIJKLMNOP for role ${ROLE} in eu-central-1 (RegionDisabledException); activate the region for STS in the AWS account, or use another region in the store`,
  ],
  [
    'AssumeRoleRefused',
    { ...ASSUMED, identity: KEY, code: 'ValidationError' },
    `STS refused sts:AssumeRole of AKIAABCDEFGHIJKLMNOP for role ${ROLE} in eu-central-1 (ValidationError); check role, additionalRoles, externalID and sessionTags of the store`,
  ],
  [
    'AssumeRoleRefused',
    { ...ASSUMED, operation: 'AssumeRoleWithWebIdentity', identity: ACCOUNT, code: 'ValidationError' },
    `STS refused sts:AssumeRoleWithWebIdentity of ServiceAccount team/app for role ${ROLE} in eu-central-1 (ValidationError); check the role in the annotation eks.amazonaws.com/role-arn of the ServiceAccount`,
  ],
  [
    'AssumeRoleRefused',
    { service: 'credentials', region: 'eu-central-1', operation: 'ResolveCredentials', identity: OPERATOR, code: 'ValidationError' },
    'no credentials were given to operator identity in eu-central-1 (ValidationError); check the role in the environment of the operator',
  ],
  [
    'AssumeRoleRefused',
    { ...ASSUMED, identity: KEY, code: 'EndpointError', problem: 'no-endpoint' },
    'STS has no endpoint for eu-central-1 (EndpointError); check the region of the store, and the endpoint that the environment of the operator sets',
  ],
  ['RemoteSecretNotFound', SECRET, `secret "db/orders" was not found in eu-central-1; ${failureReasons.RemoteSecretNotFound.hint}`],
  ['RemoteSecretNotFound', { ...SECRET, problem: 'no-value' }, 'secret "db/orders" has no value; put a value into it'],
  [
    'KMSFailure',
    { ...SECRET, problem: 'key-denied' },
    `secret "db/orders" in eu-central-1 could not be decrypted for ${ROLE}; allow kms:Decrypt on its KMS key, in a policy of the identity and in the policy of the key`,
  ],
  [
    'CredentialsInvalid',
    { service: 'secretsmanager', identity: KEY },
    'Secrets Manager does not accept the credentials of AKIAABCDEFGHIJKLMNOP; renew the access key in Secret team/aws-key',
  ],
  [
    'CredentialsInvalid',
    { service: 'sts', identity: ACCOUNT },
    `STS does not accept the credentials of ServiceAccount team/app; ${failureReasons.CredentialsInvalid.hint}`,
  ],
  [
    'CredentialsUnavailable',
    { identity: { ...OPERATOR, environment: 'pod-identity' } },
    'no credentials were found for operator identity; check that the EKS Pod Identity agent runs on the node, and the association of the ServiceAccount of the operator',
  ],
  [
    'AWSUnavailable',
    { service: 'ssm', region: 'eu-centrl-1', network: 'name' },
    'Parameter Store in eu-centrl-1 gave no usable answer: its name does not resolve; check region and endpoint, and the DNS of the cluster',
  ],
  [
    'AWSRequestRefused',
    { ...SECRET, code: 'ValidationException' },
    'GetSecretValue for secret "db/orders" in eu-central-1 was refused as invalid (ValidationException); check key and version of the entry',
  ],
  [
    'AWSRequestRefused',
    { service: 'ssm', region: 'eu-central-1', code: 'EndpointError', problem: 'no-endpoint' },
    'Parameter Store has no endpoint for eu-central-1 (EndpointError); check the region of the store, and the endpoint that the environment of the operator sets',
  ],
];

describe('a message', () => {
  it.each(situations)('%s of %j', (reason, facts, message) => {
    expect(messageFor(failure(reason, facts), owner)).toBe(message);
  });

  it.each(situations)('of %s names one service and no other', (reason, facts) => {
    const message = messageFor(failure(reason, facts), owner);
    const named = ['secretsmanager:', 'ssm:', 'sqs:'].filter((service) => message.includes(service));
    expect(named.length).toBeLessThanOrEqual(1);
  });

  it('names the entry, and how many others have failed', () => {
    const gone = failure('RemoteSecretNotFound', SECRET);
    expect(sentenceFor(withOthers(2, at('data[3] (user, key "db/orders")', gone)), owner)).toBe(
      'data[3] (user, key "db/orders"): secret "db/orders" was not found in eu-central-1 (and 2 other entries)',
    );
    expect(sentenceFor(withOthers(1, failure('InvalidJSON', 'no JSON')), owner)).toBe('no JSON (and 1 other entry)');
  });

  it('is the text of a failure that has no facts, with the hint of its reason, and never its cause', () => {
    const text = messageFor(failure('PropertyNotFound', 'no property "user"', { cause: new Error('canary') }), unknownReader);
    expect(text).toBe(`no property "user"; ${failureReasons.PropertyNotFound.hint}`);
  });

  it('of a queue that cannot be read tells why, and what a queue needs', () => {
    const because = failure('AccessDenied', QUEUE);
    const message = messageFor(failure('EventsQueueFailing', {}, { because }), owner);
    expect(message).toContain(
      'may not call sqs:ReceiveMessage for queue "q" in eu-central-1: AWS does not say why; polls go on: check the URL of the queue, and allow sqs:ReceiveMessage',
    );
  });

  it.each<[FailureReason, FailureFacts, string]>([
    [
      'AWSUnavailable',
      { service: 'sqs', region: 'eu-central-1', network: 'name' },
      'check region and endpoint, and the DNS of the cluster',
    ],
    ['ClockSkew', { service: 'sqs' }, failureReasons.ClockSkew.hint],
    ['Throttled', { service: 'sqs', region: 'eu-central-1' }, failureReasons.Throttled.hint],
    [
      'KMSFailure',
      { ...QUEUE, problem: 'key-denied' },
      'allow kms:Decrypt on its KMS key, in a policy of the identity and in the policy of the key',
    ],
    ['AWSQuotaExceeded', QUEUE, 'check that no other client reads the queue; the operator tries again automatically'],
  ])('of a queue that cannot be read because of %s tells what to do about that', (cause, facts, action) => {
    const because = failure(cause, facts);
    const message = messageFor(failure('EventsQueueFailing', {}, { because }), owner);
    expect(message).toBe(`${sentenceFor(because, owner)}; ${action}`);
  });

  it('of a queue with too many messages in flight names the queue', () => {
    expect(sentenceFor(failure('AWSQuotaExceeded', QUEUE), owner)).toBe('queue "q" has too many messages in flight in eu-central-1');
  });
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 3_000 }),
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc.constantFrom('x'.repeat(2_048), '"\\'.repeat(1_000), '\u{1f511}'.repeat(500)),
);
const region = fc.constantFrom('eu-central-1', 'us-gov-east-1', 'ap-northeast-1');
const object = fc.record({ kind: fc.constantFrom('Secret', 'ServiceAccount', 'SecretStore', 'StatefulSet'), namespace: text, name: text });
const identity: fc.Arbitrary<IdentityFacts> = fc.record(
  {
    label: text,
    from: fc.constantFrom('access-key', 'service-account', 'operator'),
    object,
    environment: fc.constantFrom('access-key', 'web-identity', 'pod-identity', 'other'),
    roles: fc.nat(3),
  },
  { requiredKeys: ['label', 'from', 'roles'] },
);
const problems: readonly Problem[] = [
  'incomplete-answer',
  'endless-answer',
  'timeout',
  'no-value',
  'session-limit',
  'namespace-session-limit',
  'no-endpoint',
  'key-denied',
  'no-token',
];
/** The longest calls of each service. */
const calls = fc.constantFrom(
  { service: 'secretsmanager', operation: 'BatchGetSecretValue' },
  { service: 'ssm', operation: 'GetParametersByPath' },
  { service: 'ssm', operation: 'ListTagsForResource' },
  { service: 'sqs', operation: 'ChangeMessageVisibilityBatch' },
  { service: 'sts', operation: 'AssumeRoleWithWebIdentity' },
  { service: 'sts', operation: 'AssumeRole' },
  { service: 'credentials', operation: 'ResolveCredentials' },
  {},
);
const others: fc.Arbitrary<FailureFacts> = fc.record(
  {
    region,
    denial: fc.record({
      policy: fc.constantFrom(
        'identity-policy',
        'service-control-policy',
        'resource-control-policy',
        'permissions-boundary',
        'vpc-endpoint-policy',
      ),
      kind: fc.constantFrom('explicit', 'missing'),
    }),
    code: fc.constantFrom('ValidationException', 'MissingAuthenticationTokenException'),
    network: fc.constantFrom('name', 'certificate'),
    identity,
    resource: fc.record(
      { type: fc.constantFrom('secret', 'parameter', 'queue', 'role', 'path', 'several'), name: text, version: text },
      { requiredKeys: ['type', 'name'] },
    ),
    object,
    entry: text,
    problem: fc.constantFrom(...problems),
    limit: fc.nat(1_000),
  },
  { requiredKeys: [] },
);
const facts = fc.tuple(calls, others).map(([call, more]): FailureFacts => ({ ...call, ...more }));
const reason = fc.constantFrom(...(Object.keys(failureReasons) as FailureReason[]));
const store = fc.constantFrom('SecretStore', 'ClusterSecretStore');
const reader: fc.Arbitrary<Reader> = fc.constantFrom(owner, unknownReader, tenantOf('team'));

describe('any message', () => {
  it('has at most 300 characters and ends with the whole of what to do, however long the facts are', () => {
    fc.assert(
      fc.property(reason, facts, reader, store, fc.nat(999), (why, given, who, storeKind, count) => {
        const made: Failure = withOthers(count, through(storeKind, failure(why, given)));
        const message = messageFor(made, who);
        expect(message.length).toBeLessThanOrEqual(MAX_MESSAGE);
        expect(message).not.toMatch(/[^;…]…$/);
      }),
      { numRuns: 3_000 },
    );
  });

  it('of a failure that has a text is as bounded, wherever it happened', () => {
    fc.assert(
      fc.property(
        reason,
        text,
        fc.option(text, { nil: undefined }),
        reader,
        store,
        fc.nat(999),
        (why, said, place, who, storeKind, count) => {
          const found = withOthers(count, through(storeKind, failure(why, said)));
          const made = place === undefined ? found : at(place, found);
          const message = messageFor(made, who);
          expect(message.length).toBeLessThanOrEqual(MAX_MESSAGE);
          expect(message.endsWith(failureReasons[why].hint)).toBe(true);
          expect(sentenceFor(made, who).length).toBeLessThanOrEqual(MAX_MESSAGE);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('keeps what is wrong, and shortens first where it is', () => {
    const place = `data[0] (password, key "${'a/'.repeat(80)}")`;
    const property = `property "${'users.'.repeat(16)}name"`;
    const message = messageFor(at(place, failure('PropertyNotFound', `${property} is not in the value`)), tenantOf('team'));
    expect(message).toMatch(/^data\[0\] \(pas\S*…\S*\): property "users/);
    expect(message).toContain(`${property} is not in the value; ${failureReasons.PropertyNotFound.hint}`);
  });

  it('of one failure that follows from another is as bounded', () => {
    const following = fc.constantFrom<FailureReason>('StoreNotReady', 'EventsQueueFailing', 'RestartFailed');
    fc.assert(
      fc.property(following, object, reason, fc.oneof(facts, text), reader, (why, of, cause, said, who) => {
        const made = failure(why, why === 'EventsQueueFailing' ? {} : { object: of }, { because: failure(cause, said) });
        expect(messageFor(made, who).length).toBeLessThanOrEqual(MAX_MESSAGE);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has nothing in it that cannot be seen', () => {
    const odd = fc.constantFrom('\u202e', '\u2028', '\u2066', '\u200b', '\0', '\x7f', '\x85', '\ufeff', '\u{e0001}', '\ud83d', 'a', '"');
    const spoofed = fc.array(odd, { minLength: 1, maxLength: 40 }).map((all) => all.join(''));
    const facts = spoofed.map((name): FailureFacts => ({
      service: 'ssm',
      operation: 'GetParameter',
      identity: { label: name, from: 'operator', roles: 1 },
      resource: { type: 'parameter', name, version: name },
      object: { kind: 'Secret', namespace: name, name },
      entry: `data[0] (${name})`,
    }));
    fc.assert(
      fc.property(reason, fc.oneof(facts, spoofed), reader, store, (why, said, who, storeKind) => {
        const made = through(storeKind, at(`data[0] ("a\u202eb")`, failure(why, said)));
        expect(messageFor(made, who)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a state that is no failure shows what it quotes, too, and stays the same when it is passed again', () => {
    const { message } = keytender.words.settled('ChangePending', 'another version of "a\u202eb" is there');
    expect(message).toBe(String.raw`another version of "a\u202eb" is there`);
    expect(keytender.words.settled('ChangePending', message).message).toBe(message);
  });

  it('is equal for equal facts', () => {
    fc.assert(
      fc.property(reason, facts, reader, (why, given, who) => {
        const again = structuredClone(given);
        expect(messageFor(failure(why, again, { cause: new Error('other') }), who)).toBe(messageFor(failure(why, given), who));
      }),
    );
  });
});
