/**
 * Resolves spec.secretStoreRef to a store that this namespace may use: its identity, its prefix and its limits. Reads objects, writes none.
 */
import { fail, failure, type Failure, type Outcome } from '../../failure/failure.ts';
import type { StoreChangeDetection, StoreObject } from '../../api/schema/secret-store.ts';
import type { FailureReason } from '../../failure/reasons.ts';
import type { StoreEvents } from '../../api/schema/store-events.ts';
import type { StoreRef } from '../../api/schema/external-secret.ts';
import { isNamespaced, type KubeObject } from '../../api/object/object.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Ms } from '../../base/time/clock.ts';
import { parseDuration } from '../../base/time/duration.ts';
import { keyOf } from '../../base/key.ts';
import { failed, ok } from '../../base/result.ts';
import type { EventReliance } from '../../source/port.ts';
import type { ObjectStore } from '../../watch/port.ts';
import { baseCredentials, type BaseCredentialsContext } from '../credentials/base-credentials.ts';
import { namespaceAllowed } from './namespace-conditions.ts';
import { parseStore } from './parse-store.ts';
import { identityOf } from '../credentials/plan-identity.ts';
import { sharedIdentity } from '../credentials/shared-identity.ts';

/** What the identity of a store is found with. */
export interface StoreIdentityContext extends BaseCredentialsContext {
  /** For stores that state none: how old knowledge may become while events come. */
  readonly eventsMaxAge?: Ms | undefined;
}

export interface ResolveStoreContext extends StoreIdentityContext {
  readonly secretStores: ObjectStore<StoreObject>;
  readonly clusterSecretStores: ObjectStore<StoreObject>;
  readonly namespaces: ObjectStore<KubeObject>;
}

export interface ResolvedStore {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly prefix: string;
  /** Patterns of the keys that may be read; undefined: all keys. */
  readonly allowedKeys?: readonly string[] | undefined;
  readonly identity: Identity;
  /** Set if polls may rely on change events. */
  readonly reliance?: EventReliance;
  /** Set if lists may replace reads: the maximum age of values with lists. */
  readonly listedMaxAge?: Ms;
}

/** The store of an ExternalSecret in `namespace`, or the failure if it cannot be used there. */
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

/** Only the store itself names objects of other namespaces that a ClusterSecretStore refers to: `because` is not shown to its users. */
function unusable(kind: ResolvedStore['kind'], name: string, why: Failure, reason: FailureReason = 'StoreNotReady'): Failure {
  const { retryAfterMs } = why;
  return failure(reason, { object: { kind, name } }, { because: why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Reasons that concern only the store. An ExternalSecret refers to the store for them. */
const notReady: ReadonlySet<string> = new Set([
  'InvalidSpec',
  'CredentialsMissing',
  'OperatorIdentityDenied',
  'TokenAudienceDenied',
  'MemoryShareExceeded',
]);

/** Resolves a store without a check of its users. */
export async function resolveStore(
  store: StoreObject,
  context: StoreIdentityContext,
  signal: AbortSignal,
): Promise<Outcome<ResolvedStore>> {
  const spec = parseStore(store);
  if (!spec.ok) return spec;
  const base = await baseCredentials(spec.value.aws, store.metadata.namespace ?? '', context, signal);
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

function allowedHere(store: StoreObject, namespace: string, context: ResolveStoreContext): Outcome<void> {
  const spec = parseStore(store);
  if (!spec.ok) return failed(unusable('ClusterSecretStore', store.metadata.name, spec.failure));
  // Also missing for a namespace with more labels than are kept. Then no selector matches.
  const labels = context.namespaces.get(keyOf('', namespace))?.metadata.labels;
  if (namespaceAllowed(spec.value.conditions, { name: namespace, labels })) return ok(undefined);
  return fail(
    'StoreNamespaceDenied',
    `ClusterSecretStore ${JSON.stringify(store.metadata.name)} may not be used from namespace ${namespace}`,
  );
}
