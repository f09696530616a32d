/** One SecretStore or ClusterSecretStore: can credentials be obtained for it? Its status is for people; ExternalSecrets never wait for it. */
import { findCondition } from '../../api/conditions.ts';
import type { Dialect } from '../../api/dialect.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { StoreObject, StoreStatus } from '../../api/secret-store.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import type { CredentialCheck } from '../../aws/port.ts';
import { type Clock, ms } from '../../base/clock.ts';
import type { Key } from '../../base/key.ts';
import type { WorkResult } from '../../queue/port.ts';
import { resolveStore, type ResolveStoreContext } from '../../resolve/resolve-store.ts';
import { storeStatus, type EventsFinding, type StoreReading } from '../../status/store-status.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SyncMetrics } from '../../telemetry/sync-metrics.ts';
import type { ObjectStore, ReferencedObjects } from '../../watch/port.ts';
import type { OwnStatuses } from '../shared/own-statuses.ts';
import { credentialReferences } from './credential-references.ts';
import { done, workAfter, workAfterStatus } from '../shared/work.ts';
import type { EventRecorder, KubeReader, KubeWriter } from '../../kube/port.ts';
import type { ShareOfBudget } from '../../watch/kept-budget.ts';
import { reportNotKept } from '../shared/not-kept.ts';

export interface SecretStoreContext {
  readonly dialect: Pick<Dialect, 'words'>;
  readonly type: ResourceType;
  readonly resources: ObjectStore<StoreObject>;
  /** Of the memory for objects of this kind, by namespace. */
  readonly shareOf: (namespace: string) => ShareOfBudget;
  readonly ownStatuses: OwnStatuses<StoreStatus>;
  readonly stores: ResolveStoreContext;
  readonly secrets: CredentialCheck;
  readonly client: KubeReader & KubeWriter;
  readonly referenced: ReferencedObjects;
  /** How it stands with change events; `identity`: as whom the store reads, if that's known. */
  readonly changeEvents: (store: StoreObject, identity: Identity | undefined) => EventsFinding;
  /** How reading as the identity goes; undefined: the store has none (any more). It's asked again when that changes. */
  readonly reading: (key: Key, identity: Identity | undefined) => StoreReading | undefined;
  readonly events: EventRecorder;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What reading costs is looked at so often. */
const COST_INTERVAL = ms(3_600_000);

export async function reconcileSecretStore(key: Key, context: SecretStoreContext, signal: AbortSignal): Promise<WorkResult> {
  const cached = context.resources.get(key);
  if (cached?.notKept !== undefined || cached === undefined) {
    context.referenced.declare(key, []);
    context.reading(key, undefined);
    if (cached === undefined) return done;
    return await reportNotKept(context.type, cached, context.shareOf(cached.metadata.namespace ?? ''), context, signal);
  }
  const store = context.ownStatuses.current(cached);
  context.referenced.declare(key, credentialReferences(store));
  const resolved = await resolveStore(store, context.stores, signal);
  const outcome = resolved.ok ? await context.secrets.verifyCredentials(resolved.value.identity, signal) : resolved;
  context.metrics.synced(context.type.kind, outcome.ok ? 'StoreValid' : outcome.failure.reason);
  const now = new Date(context.clock.now()).toISOString();
  const identity = resolved.ok ? resolved.value.identity : undefined;
  const events = context.changeEvents(store, identity);
  const asksForLists = resolved.ok && resolved.value.listedMaxAge !== undefined;
  const reading = withoutLists(context.reading(key, identity), asksForLists);
  const status = storeStatus(context.dialect.words, store.status, store.metadata.generation ?? 0, outcome, now, events, reading);
  const unreported = await report(store, status, context, signal);
  if (unreported !== undefined) return unreported;
  return outcome.ok ? { kind: 'requeue', after: COST_INTERVAL } : workAfter(outcome.failure);
}

/** Whether lists are denied to an identity that others use, too, is told only where lists are asked for. */
function withoutLists(reading: StoreReading | undefined, asksForLists: boolean): StoreReading | undefined {
  return reading === undefined || asksForLists ? reading : { ...reading, lists: 'unknown' };
}

async function report(
  store: StoreObject,
  status: StoreStatus,
  context: SecretStoreContext,
  signal: AbortSignal,
): Promise<WorkResult | undefined> {
  const said = ['Ready', 'Events', 'Available', 'BatchReads', 'Lists'].map((type) => announce(store, type, status, context));
  const costMoved = store.status?.estimatedMonthlyCost !== status.estimatedMonthlyCost;
  if (!said.includes(true) && !costMoved) return undefined;
  const { name, namespace = '' } = store.metadata;
  const written = await context.client.mergePatch(
    context.type,
    { namespace, name },
    { metadata: context.ownStatuses.preconditionsOf(store), status },
    signal,
    'status',
  );
  if (written.ok) context.ownStatuses.wrote(store, status, written.value.metadata.resourceVersion);
  if (written.ok || written.failure.kind === 'not-found') return undefined;
  return workAfterStatus(written.failure);
}

/** Whether the condition says something new, even if only of another generation; people are told what has really changed. */
function announce(store: StoreObject, type: string, status: StoreStatus, context: SecretStoreContext): boolean {
  const before = findCondition(store.status?.conditions, type);
  const after = findCondition(status.conditions, type);
  if (before?.message === after?.message && before?.reason === after?.reason)
    return before?.observedGeneration !== after?.observedGeneration;
  if (after !== undefined) {
    const { reason, message: note } = after;
    const { namespace, name } = store.metadata;
    context.events.record({ regarding: store, type: after.status === 'True' ? 'Normal' : 'Warning', reason, note, action: 'Validate' });
    context.logger.info({ kind: context.type.kind, namespace, name, reason }, 'store state changed');
  }
  return true;
}
