/** One SecretStore or ClusterSecretStore: can credentials be obtained for it? Its status is for people; ExternalSecrets never wait for it. */
import type { Outcome } from '../api/failure.ts';
import { findCondition } from '../api/conditions.ts';
import type { names } from '../api/names.ts';
import type { StoreObject, StoreStatus } from '../api/secret-store.ts';
import type { CredentialCheck } from '../aws/port.ts';
import type { Clock } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import type { EventRecorder, KubeWriter } from '../kube/port.ts';
import type { WorkResult } from '../queue/port.ts';
import { resolveStore, type ResolveStoreContext } from '../resolve/resolve-store.ts';
import { storeStatus } from '../status/store-status.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SyncMetrics } from '../telemetry/sync-metrics.ts';
import type { ObjectStore, ReferencedObjects } from '../watch/port.ts';
import { credentialReferences } from './secret-store/credential-references.ts';
import { done, workAfter, workAfterStatus } from './work.ts';

export interface SecretStoreContext {
  readonly type: (typeof names.kinds)['secretStore' | 'clusterSecretStore'];
  readonly resources: ObjectStore<StoreObject>;
  readonly stores: ResolveStoreContext;
  readonly secrets: CredentialCheck;
  readonly client: KubeWriter;
  readonly referenced: ReferencedObjects;
  readonly events: EventRecorder;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export async function reconcileSecretStore(key: Key, context: SecretStoreContext, signal: AbortSignal): Promise<WorkResult> {
  const store = context.resources.get(key);
  if (store === undefined) {
    context.referenced.declare(key, []);
    return done;
  }
  context.referenced.declare(key, credentialReferences(store));
  const outcome = await check(store, context, signal);
  context.metrics.synced(context.type.kind, outcome.ok ? 'StoreValid' : outcome.failure.reason);
  const status = storeStatus(store.status, store.metadata.generation ?? 0, outcome, new Date(context.clock.now()).toISOString());
  const unreported = await report(store, status, outcome, context, signal);
  return unreported ?? workAfter(outcome.ok ? undefined : outcome.failure);
}

async function check(store: StoreObject, context: SecretStoreContext, signal: AbortSignal): Promise<Outcome<{ readonly knownAs: string }>> {
  const resolved = await resolveStore(store, context.stores, signal);
  return resolved.ok ? context.secrets.verifyCredentials(resolved.value.identity, signal) : resolved;
}

async function report(
  store: StoreObject,
  status: StoreStatus,
  outcome: Outcome<unknown>,
  context: SecretStoreContext,
  signal: AbortSignal,
): Promise<WorkResult | undefined> {
  const before = findCondition(store.status?.conditions, 'Ready');
  const after = findCondition(status.conditions, 'Ready');
  if (after === undefined) throw new TypeError('a store status without Ready');
  const same =
    before?.message === after.message && before.reason === after.reason && before.observedGeneration === after.observedGeneration;
  if (same) return undefined;
  const { name, namespace = '', uid, resourceVersion } = store.metadata;
  if (before?.reason !== after.reason || before.message !== after.message) {
    const type = outcome.ok ? 'Normal' : 'Warning';
    context.events.record({ regarding: store, type, reason: after.reason, note: after.message, action: 'Validate' });
    context.logger.info({ kind: context.type.kind, namespace, name, reason: after.reason }, 'store state changed');
  }
  const written = await context.client.mergePatch(
    context.type,
    { namespace, name },
    { metadata: { uid, resourceVersion }, status },
    signal,
    'status',
  );
  if (written.ok || written.failure.kind === 'not-found') return undefined;
  return workAfterStatus(written.failure);
}
