/** An identity as the facts of a failure: its name for people and the origin of its credentials. The only part of a credential is an access key id. Pure. */
import { isAccessKeyId } from '../../api/access-key-id.ts';
import type { IdentityFacts } from '../../failure/failure-facts.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import type { CredentialSource, WebIdentity } from './identity.ts';

/** The name of an identity for people: the last role, else the access key id, else the operator's own identity. */
export function identityName({ base, roles }: CredentialSource): string {
  const last = roles.at(-1);
  if (last !== undefined) return last.roleArn;
  if (base.kind === 'operator') return 'operator identity';
  if (base.kind === 'web-identity') return base.roleArn;
  const accessKeyId = trimmedText(base.accessKeyId);
  // The field may contain the secret key by mistake.
  return isAccessKeyId(accessKeyId) ? accessKeyId : 'the access key of the store';
}

export function identityFacts(source: CredentialSource, environment: NodeJS.ProcessEnv = process.env): IdentityFacts {
  const { base, roles } = source;
  const common = { label: identityName(source), roles: roles.length };
  switch (base.kind) {
    case 'operator':
      return { ...common, from: 'operator', environment: environmentOf(environment) };
    case 'static':
      return { ...common, from: 'access-key', ...(base.secret === undefined ? {} : { object: { kind: 'Secret', ...base.secret } }) };
    case 'web-identity':
      return { ...common, from: 'service-account', object: accountOf(base) };
    default:
      return base satisfies never;
  }
}

/** The facts of the ServiceAccount itself, for the exchange of its token. */
export function accountFacts(base: WebIdentity): IdentityFacts {
  return { label: `ServiceAccount ${base.namespace}/${base.serviceAccount}`, from: 'service-account', object: accountOf(base), roles: 0 };
}

function accountOf({ namespace, serviceAccount }: WebIdentity): NonNullable<IdentityFacts['object']> {
  return { kind: 'ServiceAccount', namespace, name: serviceAccount };
}

/** In the search order of the AWS SDK. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html */
function environmentOf(environment: NodeJS.ProcessEnv): NonNullable<IdentityFacts['environment']> {
  if (environment['AWS_ACCESS_KEY_ID'] !== undefined) return 'access-key';
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE'] !== undefined) return 'web-identity';
  return environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] === undefined ? 'other' : 'pod-identity';
}

/** Secrets made from files often end in a newline, which is not part of the key. */
export function trimmedText(value: SecretValue): string {
  return value.reveal().toString('utf8').trim();
}
