/** Decides whether a reconcile has to read its references: compares recorded facts with observed ones. Pure. */
import { findCondition, type Condition } from '../../../api/schema/conditions.ts';
import { type Ms, ms } from '../../../base/time/clock.ts';
import type { Entry } from '../../../resolve/entries/plan-references.ts';
import type { Observation } from '../../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from '../subject.ts';

export type SyncNeed = { readonly kind: 'none' } | { readonly kind: 'read'; readonly maxAge: Ms };

/** Maximum age of known values for a resource without an interval: after a change by a person it gets current values. */
const AGE_WITHOUT_INTERVAL = ms(10_000);

/** `observe` returns the engine's last observation of an entry's reference. */
export function syncNeed(subject: Subject, observe: (entry: Entry) => Observation): SyncNeed {
  const { refresh, forceDue } = subject;
  if (forceDue) return { kind: 'read', maxAge: ms(0) };
  const holds = isWritten(subject) && isReported(subject) && (refresh.kind !== 'Periodic' || isCurrent(subject, observe));
  return holds ? { kind: 'none' } : { kind: 'read', maxAge: refresh.interval ?? AGE_WITHOUT_INTERVAL };
}

/** The Secret exists with its written content. With CreatedOnce, a later change of the specification has no effect. */
function isWritten({ policy, held, inputs, shapeHolds, refresh }: Subject): boolean {
  if (policy === 'None') return true;
  if (held === undefined || !held.intact) return false;
  return refresh.kind === 'CreatedOnce' || (held.record.inputs === inputs && shapeHolds);
}

/** The status reports this generation. If it does not because of a crash or a late view of the Secret, one read corrects it. */
function isReported(subject: Subject): boolean {
  const { resource, policy, held } = subject;
  if (policy !== 'None' && held?.record.content !== resource.status?.content) return false;
  const ready = findCondition(resource.status?.conditions, 'Ready');
  return wasHeldBack(subject, ready) || isSynced(subject, ready);
}

/** Reasons of an ExternalSecret that was not reconciled for a while, although nothing was wrong with it. */
const HELD_BACK = ['NotListed', 'MemoryShareExceeded'] as const;

/**
 * One of these reasons has replaced the condition that reported the last sync. The record on the Secret is enough here: a version that the policy does not
 * take must not be taken only because a list has failed or because memory was short.
 */
function wasHeldBack({ dialect: { words }, policy, refresh }: Subject, ready: Condition | undefined): boolean {
  return policy !== 'None' && refresh.kind !== 'Periodic' && HELD_BACK.some((reason) => words.means(ready, reason));
}

function isSynced({ dialect: { words }, generation, policy, refresh }: Subject, ready: Condition | undefined): boolean {
  const synced = ready?.status === 'True' && words.means(ready, policy === 'None' ? 'Validated' : 'SecretSynced');
  return synced && (refresh.kind === 'CreatedOnce' || ready.observedGeneration === generation);
}

/**
 * No reference is known to have another version or to fail. An unknown reference counts as unchanged, because the engine notifies after its
 * next refresh.
 */
function isCurrent({ entries, recorded }: Subject, observe: (entry: Entry) => Observation): boolean {
  const sources = new RecordedSources(recorded);
  return entries.every((entry) => {
    const observation = observe(entry);
    if (observation.kind === 'unknown') return true;
    return observation.kind === 'version' && observation.versionId === sources.of(entry)?.versionId;
  });
}
