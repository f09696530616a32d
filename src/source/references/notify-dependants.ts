/**
 * Selects the dependants that a new observation concerns. Pure: compares the earlier observation, the new one, and the version of the
 * dependant.
 */
import { failureKey, type Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Ms } from '../../base/time/clock.ts';
import { priority, type Priority } from '../../base/priority.ts';
import type { Observation } from '../port.ts';

/**
 * The state that a dependant is notified of, as a string: a version, or a failure as users see it. Equal strings need no further
 * notification.
 */
function notificationOf(observation: Observation): string | undefined {
  switch (observation.kind) {
    case 'unknown':
      return undefined;
    case 'version':
      return `version ${observation.versionId}`;
    case 'failed':
      return `failed ${failureKey(observation.failure)}`;
    default:
      return observation satisfies never;
  }
}

/**
 * The observation after an answer at `now` (wall clock). Without a change it is the same object, which keeps the start time of a failure.
 */
export function observedAfter(before: Observation, outcome: Outcome<SecretVersion>, now: Ms): Observation {
  if (outcome.ok) {
    const { versionId } = outcome.value;
    return before.kind === 'version' && before.versionId === versionId ? before : { kind: 'version', versionId };
  }
  const since = before.kind === 'failed' ? before.since : now;
  const observed = { kind: 'failed', failure: outcome.failure, since } as const;
  return isUnchanged(before, observed) ? before : observed;
}

/** Called for each dependant at each refresh, usually without a change. So no string is made for the usual answer. */
function isUnchanged(before: Observation, after: Observation): boolean {
  return before === after || (before.kind === after.kind && notificationOf(before) === notificationOf(after));
}

/**
 * The priority of the notification of a dependant, or undefined without a notification. A dependant without a version at the first answer
 * is the one that requested the read.
 */
export function priorityFor(before: Observation, after: Observation, held: string | undefined): Priority | undefined {
  if (isUnchanged(before, after) || (before.kind === 'unknown' && held === undefined)) return undefined;
  if (after.kind === 'version' && after.versionId !== held) return priority.source;
  // The dependant has the present version: only the end of a failure concerns it.
  if (after.kind === 'version' && before.kind !== 'failed') return undefined;
  return priority.retry;
}

/**
 * The same for a dependant without refreshes. It does not act, but its status shows a version that differs from its own, so it is notified
 * of that too.
 */
export function priorityWithoutRefresh(before: Observation, after: Observation): Priority | undefined {
  return after.kind === 'version' && !isUnchanged(before, after) ? priority.retry : undefined;
}

/**
 * The same for a dependant that subscribes to a known reference. A dependant without a version got a failure. If a version is known now,
 * the answer arrived between its read and its subscription. `notified`: what it was notified of last.
 */
export function priorityOnSubscribe(known: Observation, held: string | undefined, notified: Observation): Priority | undefined {
  if (isUnchanged(notified, known)) return undefined;
  if (held === undefined) return known.kind === 'version' ? priority.source : undefined;
  if (known.kind === 'version') return known.versionId === held ? undefined : priority.source;
  return known.kind === 'failed' ? priority.retry : undefined;
}
