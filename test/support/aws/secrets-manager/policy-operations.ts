// Get/Put/Delete/ValidateResourcePolicy.
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import { parsePolicy, type PolicyDocument } from '../iam/policy.ts';
import { access, type Caller } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica } from './operation.ts';
import { syncReplicas } from './replication.ts';

const policyText = z.string().min(1).max(20_480);

function checked(text: string): PolicyDocument {
  try {
    const policy = parsePolicy(text);
    if (policy.Statement.every((statement) => statement.Principal !== undefined || statement.NotPrincipal !== undefined)) return policy;
  } catch {
    // Told below: whatever is wrong with the document, AWS has one code for it.
  }
  throw new AwsError('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.');
}

/** Whether anybody at all may use the secret: an Allow for everyone without a condition. */
const isPublic = (policy: PolicyDocument): boolean =>
  policy.Statement.some(({ Effect, Principal, Condition }) => {
    const everyone = Principal === '*' || (typeof Principal === 'object' && Principal['AWS']?.includes('*') === true);
    return Effect === 'Allow' && everyone && Condition === undefined;
  });

export const getResourcePolicy = operation(z.object({ SecretId: field.secretId }), (caller, input) => {
  checkSecretId(input.SecretId);
  const { secret } = access(caller, 'GetResourcePolicy', input.SecretId);
  refuseIfDeleted(secret);
  return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.resourcePolicy };
});

export const putResourcePolicy = operation(
  z.object({ SecretId: field.secretId, ResourcePolicy: policyText, BlockPublicPolicy: field.flag }),
  (caller, input) => {
    const policy = checked(input.ResourcePolicy);
    if (input.BlockPublicPolicy === true && isPublic(policy)) {
      throw new AwsError('PublicPolicyException', 'You must not attach a policy that grants broad access to the secret.');
    }
    return save(caller, 'PutResourcePolicy', input.SecretId, input.ResourcePolicy);
  },
);

export const deleteResourcePolicy = operation(z.object({ SecretId: field.secretId }), (caller, input) =>
  save(caller, 'DeleteResourcePolicy', input.SecretId, undefined),
);

function save(caller: Caller, action: string, secretId: string, resourcePolicy: string | undefined): object {
  checkSecretId(secretId);
  const { store, secret } = access(caller, action, secretId);
  refuseIfDeleted(secret);
  refuseIfReplica(secret, caller.region);
  syncReplicas(caller, store.save({ ...secret, resourcePolicy, changedMs: caller.world.clock.now() }));
  return { ARN: secret.arn, Name: secret.name };
}

export const validateResourcePolicy = operation(
  z.object({ SecretId: field.secretId.optional(), ResourcePolicy: policyText }),
  (caller, input) => {
    if (input.SecretId !== undefined) {
      checkSecretId(input.SecretId);
      access(caller, 'ValidateResourcePolicy', input.SecretId);
    }
    const ValidationErrors = isPublic(checked(input.ResourcePolicy))
      ? [{ CheckName: 'PUBLIC_POLICY', ErrorMessage: 'The policy grants broad access to the secret.' }]
      : [];
    return { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors };
  },
);
