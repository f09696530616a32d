/** Which dependants a new observation concerns. Pure: what was known before, what is known now, what the dependant holds. */
import { failureKey, type Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Ms } from '../../base/clock.ts';
import { priority, type Priority } from '../../base/priority.ts';
import type { Observation } from '../port.ts';

/** What a dependant is told, as one string: a version, or a failure as people see it. Equal strings are no news. */
export function newsOf(observation: Observation): string | undefined {
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

/** What is known once this was answered at `now` (wall clock). What is unchanged stays the object it is: since when a failure lasts is part of it. */
export function observedAfter(before: Observation, outcome: Outcome<SecretVersion>, now: Ms): Observation {
  if (outcome.ok) {
    const { versionId } = outcome.value;
    return before.kind === 'version' && before.versionId === versionId ? before : { kind: 'version', versionId };
  }
  const since = before.kind === 'failed' ? before.since : now;
  const observed = { kind: 'failed', failure: outcome.failure, since } as const;
  return newsOf(observed) === newsOf(before) ? before : observed;
}

/** Asked for each dependant at each refresh, which seldom shows anything new: no string is made for the usual answer. */
function isOld(before: Observation, after: Observation): boolean {
  return before === after || newsOf(before) === newsOf(after);
}

/**
 * The priority to call a dependant with, or undefined when it need not be called. One that holds nothing and finds the first answer is the
 * one that has just asked for it.
 */
export function callFor(before: Observation, after: Observation, held: string | undefined): Priority | undefined {
  if (isOld(before, after) || (before.kind === 'unknown' && held === undefined)) return undefined;
  if (after.kind === 'version' && after.versionId !== held) return priority.source;
  // It holds what is there: only the end of a failure is news.
  if (after.kind === 'version' && before.kind !== 'failed') return undefined;
  return priority.retry;
}

/**
 * The same for a dependant that wants no refresh. It does not act but shows whether another version is there than it holds, and so has to hear of
 * the one that it holds, too.
 */
export function callToShow(before: Observation, after: Observation): Priority | undefined {
  return after.kind === 'version' && !isOld(before, after) ? priority.retry : undefined;
}

/**
 * The same for a dependant that subscribes to what is known already. One that holds nothing has seen a failure; if there is a version now, the
 * answer came between its read and its subscription.
 */
export function callOnSubscribe(known: Observation, held: string | undefined, told: string | undefined): Priority | undefined {
  if (newsOf(known) === told) return undefined;
  if (held === undefined) return known.kind === 'version' ? priority.source : undefined;
  if (known.kind === 'version') return known.versionId === held ? undefined : priority.source;
  return known.kind === 'failed' ? priority.retry : undefined;
}
