/** All facts of a failure, for log lines of level debug. A message shows only a part. Pure. */
import type { Failure } from '../failure/failure.ts';
import type { FailureFacts } from '../failure/failure-facts.ts';

export interface LoggedFacts extends FailureFacts {
  readonly reason: Failure['reason'];
  readonly during?: 'credentials';
  readonly because?: LoggedFacts;
}

export function factsOf({ reason, facts, during, because }: Failure): LoggedFacts {
  return {
    reason,
    ...facts,
    ...(during === undefined ? {} : { during }),
    ...(because === undefined ? {} : { because: factsOf(because) }),
  };
}
