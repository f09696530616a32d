/** The time (wall clock) until which all due reads were made and their dependants have acted. The next process makes up for later ones. */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { TrackedReference } from './tracked-reference.ts';

/** Within this time the result of a read is in the Secret, or the status shows the failure. */
const ACTED_MS = 30_000;

/** `notifiedSince`: the earliest due time of a read whose dependants were notified and have not acted. */
export function readUntil(
  references: Iterable<Pick<TrackedReference, 'overdueSince'>>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  notifiedSince: Ms | undefined,
): Ms {
  const at = { now: clock.now(), monotonic: clock.monotonic() };
  let until = Math.min(at.now - ACTED_MS, (notifiedSince ?? Number.POSITIVE_INFINITY) - 1);
  for (const reference of references) {
    const overdue = reference.overdueSince(at);
    // Just before the slot, because a slot at that exact time would count as served.
    if (overdue !== undefined && overdue <= until) until = overdue - 1;
  }
  return ms(until);
}
