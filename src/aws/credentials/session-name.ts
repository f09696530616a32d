/** The name of an STS session, as CloudTrail shows it. Stable for an identity, and different for different identities. */
import { credentialKey, type CredentialSource } from './identity.ts';

/** AWS allows 2 to 64 characters of this set (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). */
const NOT_ALLOWED = /[^\w+=,.@-]/g;
const LABEL_LENGTH = 36;
const HASH_LENGTH = 16;

/** `keytender-<hash>`; for a web identity with namespace and ServiceAccount before the hash. */
export function sessionName(identity: CredentialSource): string {
  const hash = credentialKey(identity).slice(0, HASH_LENGTH);
  const { base } = identity;
  if (base.kind !== 'web-identity') return `keytender-${hash}`;
  const label = `${base.namespace}.${base.serviceAccount}`.replaceAll(NOT_ALLOWED, '-').slice(0, LABEL_LENGTH);
  return `keytender-${label}-${hash}`;
}
