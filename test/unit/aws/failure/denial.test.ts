// AWS's own reason for a denied call, in the forms of AWS's texts.
import { describe, expect, it } from '@jest/globals';
import { denialIn } from '../../../../src/aws/failure/denial.ts';

const ACTION = 'secretsmanager:GetSecretValue';
const DENIED = `User: arn:aws:sts::111122223333:assumed-role/r/keytender is not authorized to perform: ${ACTION} on resource: a`;

describe("AWS's reason", () => {
  it.each([
    [`because no identity-based policy allows the ${ACTION} action`, 'identity-policy', 'missing'],
    ['with an explicit deny in an identity-based policy', 'identity-policy', 'explicit'],
    [`because no resource-based policy allows the ${ACTION} action`, 'resource-policy', 'missing'],
    ['with an explicit deny in a resource-based policy', 'resource-policy', 'explicit'],
    [`because no service control policy allows the ${ACTION} action`, 'service-control-policy', 'missing'],
    ['with an explicit deny in a service control policy', 'service-control-policy', 'explicit'],
    ['with an explicit deny in a service control policy: arn:aws:organizations::1:policy/x', 'service-control-policy', 'explicit'],
    ['with an explicit deny in a resource control policy', 'resource-control-policy', 'explicit'],
    [`because no permissions boundary allows the ${ACTION} action`, 'permissions-boundary', 'missing'],
    ['with an explicit deny in a permissions boundary', 'permissions-boundary', 'explicit'],
    [`because no session policy allows the ${ACTION} action`, 'session-policy', 'missing'],
    ['with an explicit deny in a session policy', 'session-policy', 'explicit'],
    [`because no VPC endpoint policy allows the ${ACTION} action`, 'vpc-endpoint-policy', 'missing'],
    ['with an explicit deny in a VPC endpoint policy', 'vpc-endpoint-policy', 'explicit'],
    ['because no role trust policy allows the sts:AssumeRole action', 'trust-policy', 'missing'],
    ['with an explicit deny in the role trust policy', 'trust-policy', 'explicit'],
  ] as const)('is read from "%s"', (text, policy, kind) => {
    expect(denialIn(`${DENIED} ${text}`)).toEqual({ policy, kind });
    expect(denialIn(`${DENIED} ${text}.`)).toEqual({ policy, kind });
  });

  it.each([
    '',
    DENIED,
    `${DENIED} because no quantum policy allows the ${ACTION} action`,
    `${DENIED} with an explicit deny in a ${'very '.repeat(1_000)}long policy`,
    'with an explicit deny in a service control policy that nobody has seen',
  ])('is none in %#', (text) => {
    expect(denialIn(text)).toBeUndefined();
  });
});
