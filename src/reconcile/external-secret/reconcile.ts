/**
 * One ExternalSecret, from what the API holds to what it should hold: store, references, values, content, Secret, restarts, status. Each step
 * hands plain values to the next, and whatever goes wrong ends in the status. Level-triggered: nothing here knows which event woke it.
 */
import type { Failure, Outcome } from '../../api/failure.ts';
import { externalSecretSpecSchema, type ExternalSecretObject, type ExternalSecretSpec } from '../../api/external-secret.ts';
import { ms, type Ms } from '../../base/clock.ts';
import { keyOf, type Key } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import { ok } from '../../base/result.ts';
import type { WorkResult } from '../../queue/port.ts';
import { checkAllowedKeys } from '../../resolve/allowed-keys.ts';
import { invalidSpec } from '../../resolve/invalid-spec.ts';
import { checkEntries, type Entry } from '../../resolve/plan-references.ts';
import { resolveStoreRef } from '../../resolve/resolve-store.ts';
import { resolveValues, type Resolution } from '../../resolve/resolve-values.ts';
import type { Observation, ReconcileRequest } from '../../source/port.ts';
import { dependantKey } from '../../source/references/dependant.ts';
import type { ExternalSecretContext } from './context.ts';
import { cachedSecret } from './cached-secret.ts';
import type { ForceDelay } from './force-syncs.ts';
import { heldVersions, interestsOf } from './interests.ts';
import { pendingChange } from './pending-change.ts';
import { syncNeed } from './plan-sync.ts';
import { report } from './report.ts';
import { restartStep } from './restart-step.ts';
import {
  behindOthers,
  broken,
  delayed,
  fighting,
  halted,
  heldBack,
  recordedSources,
  settled,
  suspended,
  synced,
  validated,
  waiting,
  type SyncResult,
} from './sync-result.ts';
import { subjectOf, unforced, type Subject } from './subject.ts';
import { watchedObjects } from './watched-objects.ts';
import { removeRenamed, undoes, writeTarget } from './write-target.ts';
import { done, workAfter } from '../shared/work.ts';
import { reportNotKept } from '../shared/not-kept.ts';

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
    const round = await syncRound(key, context.ownStatuses.current(cached), context, signal);
    reading = round.reading === true;
    return await endOf(key, cached, round, context, signal);
  } finally {
    context.writerQueue.ended(key);
    // What is still being read for it is kept for its next round.
    if (!reading) context.source.endReconcile(dependantKey(context.controller, key));
  }
}

async function endOf(
  key: Key,
  cached: ExternalSecretObject,
  round: SyncResult,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const resource = context.ownStatuses.current(cached);
  if (round.failure?.reason !== 'StoreNotFound') context.missingStores.forget(key);
  context.referenced.declare(key, watchedObjects(resource, round));
  if (round.pending === true) return round.next ?? done;
  // The status as it is now: the round may have written to it.
  const unreported = await report(context.ownStatuses.current(cached), round, context, signal);
  if (unreported === undefined && round.reading !== true) context.settled(dependantKey(context.controller, key));
  return unreported ?? round.next ?? workAfter(round.failure);
}

/** No finalizer: what an Owner made goes by garbage collection, everything else stays, as its policy says. */
function forget(key: Key, context: ExternalSecretContext): WorkResult {
  const dependant = dependantKey(context.controller, key);
  context.source.subscribe(dependant, []);
  context.referenced.declare(key, []);
  context.drift.forget(key);
  context.podAges.forget(key);
  context.source.endReconcile(dependant);
  context.forceSyncs.ended(key);
  context.missingStores.forget(key);
  context.writerQueue.leave(key);
  context.settled(dependant);
  return done;
}

async function syncRound(
  key: Key,
  resource: ExternalSecretObject,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<SyncResult> {
  const dependant = dependantKey(context.controller, key);
  const spec = parseSpec(resource);
  if (!spec.ok || spec.value.suspend === true) {
    context.source.subscribe(dependant, []);
    return spec.ok ? suspended(resource) : halted(resource, spec.failure);
  }
  const store = await resolveStoreRef(spec.value.secretStoreRef, resource.metadata.namespace ?? '', context.stores, signal);
  if (!store.ok) {
    context.source.subscribe(dependant, []);
    return withoutStore(key, resource, store.failure, context);
  }
  const secret = await cachedSecret(resource, spec.value, context, signal);
  if (!secret.ok) return halted(resource, secret.failure);
  const subject = subjectOf(key, resource, spec.value, store.value, secret.value, context);
  const meant = checkEntries(subject.entries);
  const allowed = meant.ok ? await checkAllowedKeys(subject.entries, subject.namespace) : meant;
  if (!allowed.ok) {
    context.source.subscribe(dependant, []);
    return halted(resource, allowed.failure);
  }
  const delay = forceDelay(subject, context);
  if (delay === undefined) return syncSubject(subject, context, signal);
  return delayed(await syncSubject(unforced(subject), context, signal), delay);
}

/** Why a sync that is forced has to wait; the resource is treated as if it was not forced until then. */
function forceDelay({ key, entries, forceDue, forceSync }: Subject, context: ExternalSecretContext): ForceDelay | undefined {
  if (!forceDue || forceSync === undefined) return undefined;
  const identities = new Set(entries.map(({ store }) => store.identity));
  const closedFor = ms(Math.max(0, ...Array.from(identities, (identity) => context.source.retrySoon(identity))));
  return context.forceSyncs.delayOf({ key, value: forceSync, closedFor });
}

async function syncSubject(subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const observe = ({ reference }: Entry): Observation => context.source.observe(reference);
  const need = syncNeed(subject, observe);
  if (need.kind === 'read') return readAndWrite(subject, need.maxAge, context, signal);
  subscribe(subject, { seen: [], readFailed: false, exceeded: false }, context);
  return finish(settled(subject, pendingChange(subject, observe)), subject, context, signal);
}

function parseSpec(resource: ExternalSecretObject): Outcome<ExternalSecretSpec> {
  const parsed = externalSecretSpecSchema.safeParse(resource.spec);
  return parsed.success ? ok(parsed.data) : invalidSpec(parsed.error);
}

function withoutStore(key: Key, resource: ExternalSecretObject, why: Failure, { missingStores }: ExternalSecretContext): SyncResult {
  const round = halted(resource, why);
  const after = why.reason === 'StoreNotFound' ? missingStores.waitFor(key, resource) : undefined;
  return after === undefined ? round : { ...round, pending: true, next: { kind: 'requeue', after, priority: priority.change } };
}

/** How long a round waits for AWS before it makes room for others: a store that hangs must not take all workers. */
const ANSWER_TIMEOUT = ms(500);

/** What a person forces anew, or specifies anew, is read anew. */
function readingRound({ dependant, generation, forceSync }: Subject): ReconcileRequest {
  return { dependant, request: JSON.stringify([generation, forceSync ?? null]), answerTimeout: ANSWER_TIMEOUT };
}

async function readAndWrite(subject: Subject, maxAge: Ms, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const wait = context.drift.waitFor(subject.key);
  if (wait !== undefined) return fighting(subject, wait);
  if (subject.policy !== 'None' && !context.writerQueue.enter(keyOf(subject.namespace, subject.secretName), subject.key))
    return behindOthers(subject);
  const { source, keyOfReference } = context;
  const held = heldVersions(subject, keyOfReference);
  const work = context.slices.worker(subject.namespace, signal);
  const round = readingRound(subject);
  const resolution = await resolveValues(subject.entries, {
    source,
    keyOfReference,
    maxAge,
    signal,
    round,
    held,
    work,
  });
  if (resolution === 'pending') return source.isHeldBack(subject.dependant) ? heldBack(subject) : waiting(subject);
  context.forceSyncs.ended(subject.key);
  await work.checkpoint();
  subscribe(subject, resolution, context);
  // What was just read may have been in memory: then AWS confirmed it earlier.
  const confirmedAt = source.confirmedAt(subject.dependant);
  const { outcome, readFailed } = resolution;
  if (!outcome.ok) return broken(subject, outcome.failure, readFailed);
  const { values } = outcome.value;
  const sources = recordedSources(outcome.value.sources);
  const content = await context.renderer.render(subject.spec, values, signal);
  if (!content.ok) return broken(subject, content.failure);
  if (subject.policy === 'None') return validated(subject, sources, values.size, confirmedAt);
  const applied = await writeTarget(subject, subject.policy, content.value, sources, context, signal);
  if (!applied.ok) {
    // It was written, and what is stored instead may wake us at once.
    if (applied.failure.reason === 'MutatedByAdmission') context.drift.repaired(subject.key);
    return broken(subject, applied.failure);
  }
  if (undoes(subject, applied.value)) context.drift.repaired(subject.key);
  return finish(synced(subject, applied.value, values.size, confirmedAt), subject, context, signal);
}

function subscribe(
  subject: Subject,
  { seen, readFailed, exceeded }: Pick<Resolution, 'seen' | 'readFailed' | 'exceeded'>,
  context: ExternalSecretContext,
): void {
  const whileFailing = readFailed ? context.defaultRefreshInterval : undefined;
  context.source.subscribe(
    subject.dependant,
    interestsOf(subject, { keyOfReference: context.keyOfReference, seen, whileFailing, onlySeen: exceeded }),
  );
}

/** What is left to do once the target is in place, whether it was written just now or by an earlier round that did not get this far. */
async function finish(round: SyncResult, subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const leftover = subject.policy === 'None' ? undefined : await removeRenamed(subject, context, signal);
  const restarted = await withRestarts(round, subject, context, signal);
  return leftover === undefined ? restarted : { ...restarted, failure: leftover };
}

/** Restarts follow the record. */
async function withRestarts(round: SyncResult, subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const record = round.findings.secret?.record;
  if (record === undefined) return round;
  const step = await restartStep(subject, record, context, signal);
  const failure = step.failure ?? round.failure;
  const restarts = step.findings === undefined ? {} : { restarts: step.findings };
  return { ...round, findings: { ...round.findings, ...restarts }, ...(failure === undefined ? {} : { failure }) };
}
