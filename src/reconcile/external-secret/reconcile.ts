/**
 * Reconciles one ExternalSecret: references, stores, values, content, Secret, restarts, status. Each step passes plain values to the next, and every failure
 * is reported in the status. Level-triggered: no step knows the event that queued the key.
 */
import type { Failure, Outcome } from '../../failure/failure.ts';
import { externalSecretSpecSchema, type ExternalSecretObject, type ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import { ms } from '../../base/time/clock.ts';
import { type Key, nameOf } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import { ok } from '../../base/result.ts';
import type { WorkResult } from '../../queue/port.ts';
import { leadingFailure } from '../../resolve/entries/entry-outcomes.ts';
import { invalidSpec } from '../../resolve/store/invalid-spec.ts';
import { type EntryScope, planEntries } from '../../resolve/entries/plan-entries.ts';
import type { Entry } from '../../resolve/entries/plan-references.ts';
import { groupOfOwner } from '../../restart/demand/restart-spec-of.ts';
import type { Observation } from '../../source/port.ts';
import { dependantKey } from '../../source/references/dependant.ts';
import type { ExternalSecretContext } from './context.ts';
import { cachedSecret } from './target/cached-secret.ts';
import { finish } from './finish.ts';
import type { ForceDelay } from './limits/force-syncs.ts';
import { pendingChange } from './sources/pending-change.ts';
import { syncNeed } from './sources/plan-sync.ts';
import { readAndWrite } from './read-and-write.ts';
import { report } from './report.ts';
import { forceDelayed, notStarted, unchanged, suspended, type SyncResult } from './sync-result.ts';
import { subjectOf, unforced, type Subject } from './subject.ts';
import { nothingRead, subscribe } from './sources/subscribe.ts';
import { watchedObjects } from './target/watched-objects.ts';
import { done, workAfter } from '../shared/work.ts';
import { reportNotKept } from '../shared/report-not-kept.ts';

export async function reconcileExternalSecret(key: Key, context: ExternalSecretContext, signal: AbortSignal): Promise<WorkResult> {
  const cached = context.resources.get(key);
  if (cached === undefined || cached.metadata.deletionTimestamp !== undefined) return forget(key, context);
  if (cached.notKept !== undefined) {
    forget(key, context);
    return await reportNotKept(
      context.dialect.kinds.externalSecret,
      cached,
      context.shareOf(cached.metadata.namespace ?? ''),
      context,
      signal,
    );
  }
  let reading = false;
  try {
    const result = await sync(key, context.ownStatuses.current(cached), context, signal);
    reading = result.reading === true;
    return await endOf(key, cached, result, context, signal);
  } finally {
    context.writerQueue.ended(key);
    // Reads that are in flight are kept for its next reconcile.
    if (!reading) context.source.endReconcile(dependantKey(context.controller, key));
  }
}

async function endOf(
  key: Key,
  cached: ExternalSecretObject,
  result: SyncResult,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const resource = context.ownStatuses.current(cached);
  if (result.failure?.reason !== 'StoreNotFound') context.missingStores.forget(key);
  context.referenced.declare(key, watchedObjects(resource, result));
  if (result.pending === true) return result.next ?? done;
  // The current status: a step of this reconcile may have written to it.
  const unreported = await report(context.ownStatuses.current(cached), result, context, signal);
  if (unreported === undefined && result.reading !== true) context.recorded();
  return unreported ?? result.next ?? workAfter(result.failure);
}

/** No finalizer is needed: garbage collection deletes a Secret with policy Owner, and with the other policies the Secret stays. */
function forget(key: Key, context: ExternalSecretContext): WorkResult {
  const dependant = dependantKey(context.controller, key);
  context.source.subscribe(dependant, []);
  context.referenced.declare(key, []);
  context.drift.forget(key);
  context.restarts?.retire(groupOfOwner({ resource: context.controller, ...nameOf(key) }));
  context.source.endReconcile(dependant);
  context.forceSyncs.ended(key);
  context.missingStores.forget(key);
  context.writerQueue.leave(key);
  context.recorded();
  return done;
}

/** For a reconcile that cannot read now: what an earlier one has kept for it is released. Its subscriptions stay. */
export function endWithoutSync(key: Key, { controller, source, writerQueue }: ExternalSecretContext): void {
  source.endReconcile(dependantKey(controller, key));
  writerQueue.leave(key);
}

/** Makes the subject. The later steps work on it. */
async function sync(key: Key, resource: ExternalSecretObject, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const dependant = dependantKey(context.controller, key);
  const spec = parseSpec(resource);
  if (!spec.ok || spec.value.suspend === true) {
    context.source.subscribe(dependant, []);
    return spec.ok ? suspended(resource) : notStarted(resource, spec.failure);
  }
  const { entries, outcomes } = await planEntries(
    context.referencesOf(spec.value),
    scopeOf(resource, spec.value, context, signal),
    context.stores,
    signal,
  );
  const refused = leadingFailure(outcomes);
  if (refused !== undefined) {
    context.source.subscribe(dependant, []);
    return beforeReading(key, resource, refused, context);
  }
  const secret = await cachedSecret(resource, spec.value, context, signal);
  if (!secret.ok) {
    // An event of the Secret enqueues it again; until then its values are of no use.
    if (secret.failure.reason === 'MemoryShareExceeded') context.source.subscribe(dependant, []);
    return notStarted(resource, secret.failure);
  }
  const subject = subjectOf(key, resource, spec.value, entries, secret.value, context);
  const delay = forceDelay(subject, context);
  if (delay === undefined) return syncSubject(subject, context, signal);
  return forceDelayed(await syncSubject(unforced(subject), context, signal), delay);
}

function scopeOf(
  { metadata: { namespace = '' } }: ExternalSecretObject,
  { secretStoreRef }: ExternalSecretSpec,
  { slices }: ExternalSecretContext,
  signal: AbortSignal,
): EntryScope {
  return { namespace, defaultRef: secretStoreRef, work: slices.worker(namespace, signal) };
}

/** Why a forced sync has to wait. Until then the resource is reconciled as if no sync was forced. */
function forceDelay({ key, entries, forceDue, forceSync }: Subject, context: ExternalSecretContext): ForceDelay | undefined {
  if (!forceDue || forceSync === undefined) return undefined;
  const identities = new Set(entries.map(({ store }) => store.identity));
  const refusedFor = ms(Math.max(0, ...Array.from(identities, (identity) => context.source.retrySoon(identity))));
  return context.forceSyncs.delayOf({ key, value: forceSync, refusedFor });
}

async function syncSubject(subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const observe = ({ reference }: Entry): Observation => context.source.observe(reference);
  const need = syncNeed(subject, observe);
  if (need.kind === 'read') return readAndWrite(subject, need.maxAge, context, signal);
  subscribe(subject, nothingRead, context);
  return finish(unchanged(subject, pendingChange(subject, observe)), subject, context, signal);
}

function parseSpec(resource: ExternalSecretObject): Outcome<ExternalSecretSpec> {
  const parsed = externalSecretSpecSchema.safeParse(resource.spec);
  return parsed.success ? ok(parsed.data) : invalidSpec(parsed.error);
}

/** A store that does not exist may still arrive. */
function beforeReading(key: Key, resource: ExternalSecretObject, why: Failure, { missingStores }: ExternalSecretContext): SyncResult {
  const result = notStarted(resource, why);
  const after = why.reason === 'StoreNotFound' ? missingStores.waitFor(key, resource) : undefined;
  return after === undefined ? result : { ...result, pending: true, next: { kind: 'requeue', after, priority: priority.change } };
}
