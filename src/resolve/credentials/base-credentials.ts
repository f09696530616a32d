/** Finds the credentials with which the role chain of a store begins, from spec.provider.aws.auth. Reads objects, writes none. */
import { fail, type Outcome } from '../../failure/failure.ts';
import type { KubeObject } from '../../api/object/object.ts';
import type { AwsProvider } from '../../api/schema/secret-store.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import { quote } from '../../base/excerpt.ts';
import { ok } from '../../base/result.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import { keyRefs, locate, webIdentityOf, type NamespacedRef } from './plan-identity.ts';

/** Reads the objects that a store refers to: from the API server, or from a cache that a watch keeps current. */
export interface CredentialReader {
  /** `keys`: the keys to read. No other key is kept. */
  secret(where: NamespacedRef, keys: readonly string[], signal: AbortSignal): Promise<Outcome<CredentialSecret>>;
  serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>>;
}

export interface CredentialSecret {
  /** uid and resourceVersion. Another version of the Secret is another identity. */
  readonly origin: string;
  /** The requested keys. A key without a value does not exist. */
  readonly keys: ReadonlySet<string>;
  /** too-large: longer than any credential, so the value is not kept. */
  readonly values: ReadonlyMap<string, SecretValue | 'too-large'>;
}

export interface BaseCredentialsContext {
  readonly credentials: CredentialReader;
  /** Whether a SecretStore without auth may use the operator's own identity. */
  readonly allowOperatorIdentity: boolean;
  /** Audiences that are allowed in token requests for ServiceAccounts. Undefined: those of STS. */
  readonly tokenAudiences?: readonly string[];
}

/** The credentials with which the role chain of a store begins. `namespace`: namespace of the store; '' for a ClusterSecretStore. */
export async function baseCredentials(
  { auth }: AwsProvider,
  namespace: string,
  context: BaseCredentialsContext,
  signal: AbortSignal,
): Promise<Outcome<Identity['base']>> {
  if (auth === undefined) {
    if (namespace !== '' && !context.allowOperatorIdentity) {
      return fail('OperatorIdentityDenied', "a SecretStore may not use the operator's own identity");
    }
    return ok({ kind: 'operator' });
  }
  if ((auth.secretRef === undefined) === (auth.jwt === undefined))
    return fail('InvalidSpec', 'auth: exactly one of secretRef and jwt is needed');
  if (auth.secretRef !== undefined) return staticCredentials(auth.secretRef, namespace, context.credentials, signal);
  return auth.jwt === undefined ? fail('InvalidSpec', 'auth: jwt is needed') : webIdentity(auth.jwt, namespace, context, signal);
}

async function webIdentity(
  { serviceAccountRef }: NonNullable<NonNullable<AwsProvider['auth']>['jwt']>,
  namespace: string,
  { credentials, tokenAudiences }: BaseCredentialsContext,
  signal: AbortSignal,
): Promise<Outcome<Identity['base']>> {
  const where = locate(serviceAccountRef, namespace);
  if (!where.ok) return where;
  const account = await credentials.serviceAccount(where.value, signal);
  return account.ok ? webIdentityOf(account.value, where.value, serviceAccountRef.audiences, tokenAudiences) : account;
}

async function staticCredentials(
  secretRef: NonNullable<NonNullable<AwsProvider['auth']>['secretRef']>,
  namespace: string,
  credentials: CredentialReader,
  signal: AbortSignal,
): Promise<Outcome<Identity['base']>> {
  const values: SecretValue[] = [];
  const origin: string[] = [];
  const names: NamespacedRef[] = [];
  const refs = keyRefs(secretRef);
  for (const ref of refs) {
    const where = locate(ref, namespace);
    if (!where.ok) return where;
    // All keys of one Secret are read at once, so that they are of one version.
    const keys = refs.filter(({ name }) => name === ref.name).map(({ key }) => key);
    const secret = await credentials.secret(where.value, keys, signal);
    if (!secret.ok) return secret;
    const value = credentialIn(secret.value, ref.key, where.value);
    if (!value.ok) return value;
    values.push(value.value);
    names.push(where.value);
    origin.push(`${secret.value.origin}/${ref.key}`);
  }
  const [accessKeyId, secretAccessKey, sessionToken] = values;
  if (accessKeyId === undefined || secretAccessKey === undefined) throw new TypeError('an access key without both parts');
  const [secret] = names;
  const optional = { ...(secret !== undefined && { secret }), ...(sessionToken !== undefined && { sessionToken }) };
  return ok({ kind: 'static', accessKeyId, secretAccessKey, origin, ...optional });
}

function credentialIn({ values }: CredentialSecret, key: string, { namespace, name }: NamespacedRef): Outcome<SecretValue> {
  const value = values.get(key);
  if (value === 'too-large') return fail('CredentialsMissing', `Secret ${namespace}/${name}: the value of key ${quote(key)} is too large`);
  if (value !== undefined && value.size > 0) return ok(value);
  return fail('CredentialsMissing', `Secret ${namespace}/${name} has no key ${quote(key)}`);
}
