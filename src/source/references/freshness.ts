/** When AWS last confirmed what a dependant needs. Pure. */
import { type Ms, ms } from '../../base/clock.ts';
import type { TrackedReference } from './tracked-reference.ts';
import type { DependantKey } from '../port.ts';

/**
 * When AWS last confirmed the stalest of what is refreshed for a dependant (milliseconds since the epoch). `unconfirmed`: not yet, for one of
 * them. `unrefreshed`: it wants nothing refreshed that can change.
 */
export type Freshness = Ms | 'unconfirmed' | 'unrefreshed';

/** Undefined when one of them was never confirmed, or there are none. */
export function oldestConfirmation(references: readonly TrackedReference[]): Ms | undefined {
  let oldest: Ms | undefined;
  for (const { confirmedAt } of references) {
    if (confirmedAt === 0) return undefined;
    if (oldest === undefined || confirmedAt < oldest) oldest = ms(confirmedAt);
  }
  return oldest;
}

/** `references`: what the dependant is subscribed to. */
export function freshnessOf(references: readonly TrackedReference[], dependant: DependantKey): Freshness {
  const refreshed = references.filter((reference) => reference.isRefreshedFor(dependant));
  return refreshed.length === 0 ? 'unrefreshed' : (oldestConfirmation(refreshed) ?? 'unconfirmed');
}
