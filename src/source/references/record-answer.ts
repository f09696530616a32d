/** Changes the state of a reference for an answer. */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Ms } from '../../base/time/clock.ts';
import { observedAfter } from './notify-dependants.ts';
import type { TrackedReference } from './tracked-reference.ts';

/** An answer for the registry. */
export interface RecordedAnswer {
  readonly outcome: Outcome<SecretVersion>;
  readonly order: number;
  /** Time since the call to AWS. */
  readonly age: Ms;
  /** Monotonic time of the retry after this number of consecutive failures. Called for failures only. */
  readonly retryAt: (failures: number) => number;
}

/** `now`: wall clock. */
export function recordAnswer(tracked: TrackedReference, { outcome, order, age, retryAt }: RecordedAnswer, now: Ms): void {
  const before = tracked.observation;
  tracked.readOrder = order;
  tracked.catchUpDone();
  tracked.observation = observedAfter(before, outcome, now);
  if (outcome.ok) {
    tracked.failures = 0;
    tracked.noteSeen({ versionId: outcome.value.versionId, createdDate: outcome.value.createdDate });
    tracked.confirmedAt = now - age;
    return;
  }
  // Earlier failures of another kind do not count: the delay after an outage does not fit the delay after a denial.
  const isSame = before.kind === 'failed' && before.failure.reason === outcome.failure.reason;
  tracked.failures = isSame ? tracked.failures + 1 : 1;
  tracked.retryAt = retryAt(tracked.failures);
}
