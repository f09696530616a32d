// The permissions of a caller for parameters: IAM by resource, and the keys of SecureStrings.
import { accessDenied, AwsError } from '../aws-error.ts';
import { type Caller, identityDecision, question } from '../secrets-manager/context.ts';
import { parameterArn, type ParameterId } from './parameter-name.ts';
import type { ParameterVersion } from './parameter.ts';

const DEFAULT_KEY = 'alias/aws/ssm';

/** @throws AccessDeniedException unless an identity policy allows the operation on the parameter, whether or not it exists. */
export function authorize(caller: Caller, { name, place }: Pick<ParameterId, 'name' | 'place'>): void {
  const account = place?.account ?? caller.account;
  const resource = parameterArn(account, place?.region ?? caller.region, name);
  const action = `ssm:${caller.operation}`;
  const { principal, world } = caller;
  const arn = principal?.arn ?? caller.account;
  // Parameters are shared through AWS RAM, which is not emulated.
  const foreign = account !== caller.account;
  const decided = world.switches.enforceIam && principal;
  if (!foreign && (!decided || identityDecision(caller, principal, question(principal, action, resource, {})) === 'allow')) return;
  throw accessDenied(
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
}

/** @throws what Parameter Store answers when the key of a SecureString cannot be used. */
export function useKey(caller: Caller, { keyId = DEFAULT_KEY }: Pick<ParameterVersion, 'keyId'>, purpose: 'encrypt' | 'decrypt'): void {
  try {
    caller.world.kms.use(keyId, purpose);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code !== 'AccessDeniedException')
      throw new AwsError('InvalidKeyId', `Key ${keyId} is disabled (Service: AWSKMS; Error Code: DisabledException)`);
    throw accessDenied(
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    );
  }
}
