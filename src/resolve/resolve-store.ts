/** spec.secretStoreRef -> a store that can be used from this namespace: where, as whom, with which prefix. Reads objects, writes nothing. */
import type { z } from 'zod';
import { fail, failure, type Failure, type Outcome } from '../api/failure.ts';
import {
  clusterSecretStoreSpecSchema,
  secretStoreSpecSchema,
  type AwsProvider,
  type StoreCondition,
  type StoreChangeDetection,
  type StoreObject,
} from '../api/secret-store.ts';
import type { FailureReason } from '../api/reasons.ts';
import type { StoreEvents } from '../api/store-events.ts';
import type { StoreRef } from '../api/external-secret.ts';
import type { KubeObject } from '../api/object.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { Ms } from '../base/clock.ts';
import { parseDuration } from '../base/duration.ts';
import { quote } from '../base/excerpt.ts';
import { keyOf } from '../base/key.ts';
import { failed, ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { EventReliance } from '../source/port.ts';
import type { ObjectStore } from '../watch/port.ts';
import { invalidSpec } from './invalid-spec.ts';
import { keyPatternProblem } from './key-pattern.ts';
import { namespaceAllowed, regexProblem } from './namespace-conditions.ts';
import { identityOf, keyRefs, locate, webIdentityOf, type NamespacedRef } from './plan-identity.ts';
import { sharedIdentity } from './shared-identity.ts';

/** What a store refers to, live or from a cache that a watch keeps current. */
export interface CredentialReader {
  /** `keys`: what is wanted of it; of the rest nothing is kept. */
  secret(where: NamespacedRef, keys: readonly string[], signal: AbortSignal): Promise<Outcome<CredentialSecret>>;
  serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>>;
}

export interface CredentialSecret {
  /** uid and resourceVersion: another content is another identity. */
  readonly origin: string;
  /** The keys that were looked for; those that have no value do not exist. */
  readonly keys: ReadonlySet<string>;
  /** too-large: longer than any credential, so it is not kept. */
  readonly values: ReadonlyMap<string, SecretValue | 'too-large'>;
}

export interface ResolveStoreContext {
  readonly secretStores: ObjectStore<StoreObject>;
  readonly clusterSecretStores: ObjectStore<StoreObject>;
  readonly namespaces: ObjectStore<KubeObject>;
  readonly credentials: CredentialReader;
  /** Whether a namespaced store without auth may use the operator's own identity. */
  readonly allowOperatorIdentity: boolean;
  /** Audiences that tokens of ServiceAccounts may be requested for. Undefined: those of STS. */
  readonly tokenAudiences?: readonly string[];
  /** For stores that state none: how old knowledge may become while events come. */
  readonly eventsMaxAge?: Ms | undefined;
}

export interface ResolvedStore {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly prefix: string;
  /** Patterns of the keys that may be read through it; undefined: all. */
  readonly allowedKeys?: readonly string[] | undefined;
  readonly identity: Identity;
  /** Where polls may rely on change events. */
  readonly reliance?: EventReliance;
  /** Where lists may do instead of reads: how old knowledge may become then. */
  readonly listedMaxAge?: Ms;
}

/** The store of an ExternalSecret in `namespace`, or why it can't be used from there. */
export async function resolveStoreRef(
  ref: StoreRef,
  namespace: string,
  context: ResolveStoreContext,
  signal: AbortSignal,
): Promise<Outcome<ResolvedStore>> {
  const kind = ref.kind ?? 'SecretStore';
  const store =
    kind === 'SecretStore' ? context.secretStores.get(keyOf(namespace, ref.name)) : context.clusterSecretStores.get(keyOf('', ref.name));
  if (store === undefined) return fail('StoreNotFound', `${kind} ${JSON.stringify(ref.name)} does not exist`);
  if (kind === 'ClusterSecretStore') {
    const allowed = allowedHere(store, namespace, context);
    if (!allowed.ok) return allowed;
  }
  const resolved = await resolveStore(store, context, signal);
  if (resolved.ok) return resolved;
  const { failure: why } = resolved;
  if (notReady.has(why.reason)) return failed(unusable(kind, ref.name, why));
  return kind === 'ClusterSecretStore' ? failed(unusable(kind, ref.name, why, why.reason)) : resolved;
}

/** What a ClusterSecretStore refers to in other namespaces is told on the store itself only: `because` is not told to those who use it. */
function unusable(kind: ResolvedStore['kind'], name: string, why: Failure, reason: FailureReason = 'StoreNotReady'): Failure {
  const { retryAfterMs } = why;
  return failure(reason, { object: { kind, name } }, { because: why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Reasons that are the store's own business; an ExternalSecret points to the store for them. */
const notReady: ReadonlySet<string> = new Set([
  'InvalidSpec',
  'CredentialsMissing',
  'OperatorIdentityDenied',
  'TokenAudienceDenied',
  'MemoryShareExceeded',
]);

/** The store's own view: everything but the question who may use it. */
export async function resolveStore(store: StoreObject, context: ResolveStoreContext, signal: AbortSignal): Promise<Outcome<ResolvedStore>> {
  const spec = parseStore(store);
  if (!spec.ok) return spec;
  const base = await baseCredentials(spec.value.aws, store, context, signal);
  if (!base.ok) return base;
  return ok({
    kind: isNamespaced(store) ? 'SecretStore' : 'ClusterSecretStore',
    name: store.metadata.name,
    uid: store.metadata.uid,
    generation: store.metadata.generation ?? 0,
    prefix: spec.value.aws.prefix ?? '',
    allowedKeys: spec.value.allowedKeys,
    identity: sharedIdentity(identityOf(spec.value.aws, base.value, store.metadata.namespace)),
    ...relianceOf(spec.value.events, context.eventsMaxAge),
    ...listedMaxAgeOf(spec.value.changeDetection),
  });
}

function relianceOf(events: StoreEvents | undefined, standard: Ms | undefined): Pick<ResolvedStore, 'reliance'> {
  const maxAge = events?.maxAge === undefined ? standard : parseDuration(events.maxAge);
  if (maxAge === undefined || maxAge === 0) return {};
  const queueUrl = events?.sqs?.queueUrl;
  return { reliance: { maxAge, ...(queueUrl === undefined ? {} : { queueUrl }) } };
}

function listedMaxAgeOf(changeDetection: StoreChangeDetection | undefined): Pick<ResolvedStore, 'listedMaxAge'> {
  const maxAge = changeDetection === undefined ? 0 : parseDuration(changeDetection.maxAge);
  return maxAge === undefined || maxAge === 0 ? {} : { listedMaxAge: maxAge };
}

interface ParsedStore {
  readonly aws: AwsProvider;
  readonly allowedKeys?: readonly string[] | undefined;
  readonly changeDetection?: StoreChangeDetection | undefined;
  readonly events?: StoreEvents | undefined;
  readonly conditions?: readonly StoreCondition[] | undefined;
}

function isNamespaced(store: StoreObject): boolean {
  return store.metadata.namespace !== undefined && store.metadata.namespace !== '';
}

/** Once for each cached object: every ExternalSecret of a store asks for it at every reconcile. */
const parsedStores = new WeakMap<StoreObject, Outcome<ParsedStore>>();

function parseStore(store: StoreObject): Outcome<ParsedStore> {
  const known = parsedStores.get(store);
  if (known !== undefined) return known;
  const parsed = parseStoreSpec(store);
  parsedStores.set(store, parsed);
  return parsed;
}

function parseStoreSpec(store: StoreObject): Outcome<ParsedStore> {
  if (store.notKept !== undefined) return fail('MemoryShareExceeded', 'it is larger than what may be kept of the stores of its namespace');
  const schema: z.ZodType<Omit<ParsedStore, 'aws'> & { readonly provider: { readonly aws: AwsProvider } }> = isNamespaced(store)
    ? secretStoreSpecSchema
    : clusterSecretStoreSpecSchema;
  const parsed = schema.safeParse(store.spec);
  if (!parsed.success) return invalidSpec(parsed.error);
  const { provider, ...others } = parsed.data;
  const { allowedKeys = [], conditions } = others;
  for (const [index, pattern] of allowedKeys.entries()) {
    const problem = keyPatternProblem(pattern);
    if (problem !== undefined) return fail('InvalidSpec', `spec.allowedKeys[${index}]: ${problem}`);
  }
  for (const expression of (conditions ?? []).flatMap(({ namespaceRegexes }) => namespaceRegexes ?? [])) {
    const problem = regexProblem(expression);
    if (problem !== undefined) return fail('InvalidSpec', `spec.conditions: namespaceRegexes ${JSON.stringify(expression)}: ${problem}`);
  }
  return ok({ aws: provider.aws, ...others });
}

function allowedHere(store: StoreObject, namespace: string, context: ResolveStoreContext): Outcome<void> {
  const spec = parseStore(store);
  if (!spec.ok) return failed(unusable('ClusterSecretStore', store.metadata.name, spec.failure));
  // Missing also for a namespace with more labels than are kept: no selector holds for it then.
  const labels = context.namespaces.get(keyOf('', namespace))?.metadata.labels;
  if (namespaceAllowed(spec.value.conditions, { name: namespace, labels })) return ok(undefined);
  return fail(
    'StoreNamespaceDenied',
    `ClusterSecretStore ${JSON.stringify(store.metadata.name)} may not be used from namespace ${namespace}`,
  );
}

async function baseCredentials(
  provider: AwsProvider,
  store: StoreObject,
  context: ResolveStoreContext,
  signal: AbortSignal,
): Promise<Outcome<Identity['base']>> {
  const { auth } = provider;
  const namespace = store.metadata.namespace ?? '';
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
  { credentials, tokenAudiences }: ResolveStoreContext,
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
    // All that one Secret gives is read at once, so that it is of one version.
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
