/**
 * Until when (wall clock) all that was due is known to have been read, and who depends on it to have acted: the next process makes up for what fell
 * due later.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

/** What a read has shown is in the Secret, or in a status that says why not, by then. */
const ACTED_MS = 30_000;

/** `calledSince`: when that was due for which somebody was called who has not acted yet. */
export function readUntil(
  references: Iterable<Pick<TrackedReference, 'owedSince'>>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  calledSince: Ms | undefined,
): Ms {
  const at = { now: clock.now(), monotonic: clock.monotonic() };
  let until = Math.min(at.now - ACTED_MS, (calledSince ?? Number.POSITIVE_INFINITY) - 1);
  for (const reference of references) {
    const owed = reference.owedSince(at);
    // Just before it: a slot at that very time would count as served.
    if (owed !== undefined && owed <= until) until = owed - 1;
  }
  return ms(until);
}
