/** The estimate of what reading costs, as the status of a store shows it. Pure. Seldom written: it moves all the time. */
import type { StoreStatus } from '../api/secret-store.ts';

export interface CostEstimate {
  /** US dollars a month. */
  readonly low: number;
  readonly high: number;
}

type CostStatus = NonNullable<StoreStatus['estimatedMonthlyCost']>;

const HOUR_MS = 3_600_000;
const SHARE = 0.2;
/** US dollars: less than this is nothing that a person acts on. */
const LEAST = 0.1;

/** What the status is to say; the same object when there is nothing to change. */
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
