/** The outcome of checking a store -> its status. Pure. */
import { explain, type Outcome } from '../api/failure.ts';
import { withCondition } from '../api/conditions.ts';
import type { StoreStatus } from '../api/secret-store.ts';

export function storeStatus(
  before: StoreStatus | undefined,
  generation: number,
  outcome: Outcome<{ readonly knownAs: string }>,
  now: string,
): StoreStatus {
  const condition = outcome.ok
    ? ({ status: 'True', reason: 'StoreValid', message: `secrets are read as ${outcome.value.knownAs}` } as const)
    : ({ status: 'False', reason: outcome.failure.reason, message: explain(outcome.failure) } as const);
  return {
    ...before,
    observedGeneration: generation,
    conditions: withCondition(before?.conditions ?? [], { type: 'Ready', ...condition, observedGeneration: generation }, now),
    ...(outcome.ok ? { identity: outcome.value.knownAs } : {}),
  };
}
