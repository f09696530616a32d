/** Times of AWS's last confirmation of the references of a dependant. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { TrackedReference } from './tracked-reference.ts';
import type { DependantKey } from '../port.ts';

/**
 * Time of the last confirmation by AWS of the oldest reference that is refreshed for a dependant (milliseconds since the epoch).
 * `unconfirmed`: one of them was never confirmed. `unrefreshed`: no reference of the dependant is refreshed.
 */
export type Freshness = Ms | 'unconfirmed' | 'unrefreshed';

/** Undefined if one of them was never confirmed, or if there are none. */
export function oldestConfirmation(references: readonly TrackedReference[]): Ms | undefined {
  let oldest: Ms | undefined;
  for (const { confirmedAt } of references) {
    if (confirmedAt === 0) return undefined;
    if (oldest === undefined || confirmedAt < oldest) oldest = ms(confirmedAt);
  }
  return oldest;
}

/** `references`: the references that the dependant is subscribed to. */
export function freshnessOf(references: readonly TrackedReference[], dependant: DependantKey): Freshness {
  const refreshed = references.filter((reference) => reference.isRefreshedFor(dependant));
  return refreshed.length === 0 ? 'unrefreshed' : (oldestConfirmation(refreshed) ?? 'unconfirmed');
}
