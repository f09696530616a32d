/** Makes one call of the SDK: its end is reported to the observer, its error becomes a Failure, an abort of ours stays a throw. */
import { type Outcome } from '../api/failure.ts';
import type { FailureReason } from '../api/reasons.ts';
import type { Clock } from '../base/clock.ts';
import { failed, ok } from '../base/result.ts';
import { type CallSubject, fromAws } from './errors.ts';

/** One finished call, for metrics. */
export interface AwsCall {
  readonly service: CallSubject['service'];
  readonly operation: string;
  /** Who made it; not fit for metrics as it is, it may be an access key id. */
  readonly as: string;
  /** How many secrets' values it asked for. */
  readonly secrets: number;
  readonly result: 'ok' | 'aborted' | FailureReason;
  readonly seconds: number;
  /** HTTP requests that the SDK made for it, its retries included. */
  readonly attempts: number;
}

export type CallObserver = (call: AwsCall) => void;

export interface CallContext {
  readonly clock: Clock;
  readonly observe: CallObserver;
}

export async function observedCall<T extends object>(
  context: CallContext,
  subject: CallSubject,
  signal: AbortSignal,
  send: () => Promise<T>,
): Promise<Outcome<T>> {
  signal.throwIfAborted();
  const started = context.clock.monotonic();
  const report = (result: AwsCall['result'], attempts: number): void => {
    const seconds = (context.clock.monotonic() - started) / 1_000;
    const { service, operation, as, secrets = 0 } = subject;
    context.observe({ service, operation, as, secrets, result, seconds, attempts });
  };
  try {
    const answer = await send();
    report('ok', attemptsOf(answer));
    return ok(answer);
  } catch (error) {
    if (signal.aborted) {
      report('aborted', attemptsOf(error));
      signal.throwIfAborted();
    }
    const failure = fromAws(error, subject);
    report(failure.reason, attemptsOf(error));
    return failed(failure);
  }
}

function attemptsOf(answer: unknown): number {
  const metadata: unknown = typeof answer === 'object' && answer !== null && '$metadata' in answer ? answer.$metadata : undefined;
  const attempts: unknown = typeof metadata === 'object' && metadata !== null && 'attempts' in metadata ? metadata.attempts : undefined;
  return typeof attempts === 'number' ? attempts : 1;
}
