/** Must AWS be asked to know what the Secret should hold? Pure: recorded facts against observed ones (DESIGN section 1, invariant 3). */
import { findCondition } from '../../api/conditions.ts';
import { type Ms, ms } from '../../base/clock.ts';
import type { Entry } from '../../resolve/plan-references.ts';
import type { Observation } from '../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from './subject.ts';

export type SyncNeed = { readonly kind: 'settled' } | { readonly kind: 'read'; readonly maxAge: Ms };

/** Knowledge may be this old when the resource asks for no interval: a change by hand should see what is there now. */
const AGE_WITHOUT_INTERVAL = ms(10_000);

/** `observe` gives what the engine last saw of an entry's reference. */
export function syncNeed(subject: Subject, observe: (entry: Entry) => Observation): SyncNeed {
  const { refresh, forceDue } = subject;
  if (forceDue) return { kind: 'read', maxAge: ms(0) };
  const holds = isWritten(subject) && isReported(subject) && (refresh.kind !== 'Periodic' || isCurrent(subject, observe));
  return holds ? { kind: 'settled' } : { kind: 'read', maxAge: refresh.interval ?? AGE_WITHOUT_INTERVAL };
}

/** The Secret is there and as it was written; with CreatedOnce a later specification doesn't matter. */
function isWritten({ policy, held, inputs, shapeHolds, refresh }: Subject): boolean {
  if (policy === 'None') return true;
  if (held === undefined || !held.intact) return false;
  return refresh.kind === 'CreatedOnce' || (held.record.inputs === inputs && shapeHolds);
}

/** The status says that this generation is in place. If a crash kept it from saying so, or the view of the Secret is late, one read finds out. */
function isReported({ dialect: { words }, resource, generation, policy, refresh, held }: Subject): boolean {
  if (held?.record.content !== resource.status?.content && policy !== 'None') return false;
  const ready = findCondition(resource.status?.conditions, 'Ready');
  // Of the time before nothing is said any more. The Secret tells enough, and a version that the policy keeps back is not to be taken because of it.
  if (words.means(ready, 'NotListed') && policy !== 'None' && refresh.kind !== 'Periodic') return true;
  const settled = ready?.status === 'True' && words.means(ready, policy === 'None' ? 'Validated' : 'SecretSynced');
  return settled && (refresh.kind === 'CreatedOnce' || ready.observedGeneration === generation);
}

/** No reference is known to be at another version or to fail. Unknown counts as unchanged: the engine's schedule will tell. */
function isCurrent({ entries, recorded }: Subject, observe: (entry: Entry) => Observation): boolean {
  const sources = new RecordedSources(recorded);
  return entries.every((entry) => {
    const observation = observe(entry);
    if (observation.kind === 'unknown') return true;
    return observation.kind === 'version' && observation.versionId === sources.of(entry)?.versionId;
  });
}
