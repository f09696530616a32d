/** The cost estimate in the status of a store. Written seldom, because it changes all the time. Pure. */
import type { StoreStatus } from '../api/schema/secret-store.ts';

export interface CostEstimate {
  /** US dollars a month. */
  readonly low: number;
  readonly high: number;
}

type CostStatus = NonNullable<StoreStatus['estimatedMonthlyCost']>;

const HOUR_MS = 3_600_000;
const SHARE = 0.2;
/** Smaller differences (USD) are not reported. */
const LEAST = 0.1;

/** The new status; the same object if it does not change. */
export function costStatus(before: CostStatus | undefined, estimate: CostEstimate | undefined, now: string): CostStatus | undefined {
  if (estimate === undefined) return before;
  const age = before === undefined ? Number.POSITIVE_INFINITY : Date.parse(now) - Date.parse(before.time);
  const moved = hasMoved(before?.low, estimate.low) || hasMoved(before?.high, estimate.high);
  if (age < HOUR_MS || !moved) return before;
  return { low: estimate.low.toFixed(2), high: estimate.high.toFixed(2), time: now };
}

function hasMoved(before: string | undefined, after: number): boolean {
  const shown = Number(before ?? 0);
  return Math.abs(after - shown) >= Math.max(shown * SHARE, LEAST);
}
