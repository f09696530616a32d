/** Reads the references of an ExternalSecret, renders their values and writes the target. */
import { ms, type Ms } from '../../base/time/clock.ts';
import { keyOf } from '../../base/key.ts';
import { type ResolvedValues, resolveValues } from '../../resolve/entries/resolve-values.ts';
import type { ReconcileRequest } from '../../source/port.ts';
import type { ExternalSecretContext } from './context.ts';
import { finish } from './finish.ts';
import { heldVersions } from './sources/interests.ts';
import { renderContent } from './render-content.ts';
import type { Subject } from './subject.ts';
import { subscribe } from './sources/subscribe.ts';
import {
  waitingForWriters,
  failedSync,
  repairDelayed,
  readsDelayed,
  recordedSources,
  synced,
  validated,
  waitingForAws,
  type SyncResult,
} from './sync-result.ts';
import { undoes, writeTarget } from './target/write-target.ts';

/** Time that a reconcile waits for AWS before its worker takes another key: a store without answers must not occupy all workers. */
const ANSWER_TIMEOUT = ms(500);

/** `maxAge`: maximum age of known values. */
export async function readAndWrite(subject: Subject, maxAge: Ms, context: ExternalSecretContext, signal: AbortSignal): Promise<SyncResult> {
  const wait = context.drift.waitFor(subject.key);
  if (wait !== undefined) return repairDelayed(subject, wait);
  if (subject.policy !== 'None' && !context.writerQueue.enter(keyOf(subject.namespace, subject.secretName), subject.key))
    return waitingForWriters(subject);
  const { source, keyOfReference } = context;
  const work = context.slices.worker(subject.namespace, signal);
  const held = heldVersions(subject, keyOfReference);
  const request = reconcileRequest(subject);
  const resolution = await resolveValues(subject.entries, { source, keyOfReference, maxAge, signal, reconcile: request, held, work });
  if (resolution === 'pending') return source.isHeldBack(subject.dependant) ? readsDelayed(subject) : waitingForAws(subject);
  context.forceSyncs.ended(subject.key);
  await work.checkpoint();
  subscribe(subject, resolution, context);
  const { outcome, readFailed } = resolution;
  if (!outcome.ok) return failedSync(subject, outcome.failure, readFailed);
  return write(subject, outcome.value, context, signal);
}

/** A new value of force-sync, or a new specification, is a new request and is read again. */
function reconcileRequest({ dependant, generation, forceSync }: Subject): ReconcileRequest {
  return { dependant, request: JSON.stringify([generation, forceSync ?? null]), answerTimeout: ANSWER_TIMEOUT };
}

async function write(
  subject: Subject,
  { values, sources: versions }: ResolvedValues,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<SyncResult> {
  // AWS may have confirmed a value from the cache earlier.
  const confirmedAt = context.source.confirmedAt(subject.dependant);
  const sources = recordedSources(versions);
  const content = await renderContent(subject, values, context, signal);
  if (!content.ok) return failedSync(subject, content.failure);
  if (subject.policy === 'None') return validated(subject, sources, values.size, confirmedAt);
  const applied = await writeTarget(subject, subject.policy, content.value, sources, context, signal);
  if (!applied.ok) {
    // The write was made, and the change by the webhook may enqueue this resource at once.
    if (applied.failure.reason === 'MutatedByAdmission') context.drift.repaired(subject.key);
    return failedSync(subject, applied.failure);
  }
  if (undoes(subject, applied.value)) context.drift.repaired(subject.key);
  return finish(synced(subject, applied.value, values.size, confirmedAt), subject, context, signal);
}
