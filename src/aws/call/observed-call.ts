/** Makes one call of the SDK: the observer is called at its end, an error becomes a Failure, and an abort is thrown. */
import { type Outcome } from '../../failure/failure.ts';
import type { FailureReason } from '../../failure/reasons.ts';
import type { Clock } from '../../base/time/clock.ts';
import { failed, ok } from '../../base/result.ts';
import { callFor } from './call-owner.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { fromAws } from '../failure/errors.ts';

/** One finished call, for metrics. */
export interface AwsCall {
  readonly service: CallSubject['service'];
  readonly operation: string;
  /** Name of the identity. It can be an access key id, so metrics do not use it unchanged. */
  readonly as: string;
  /** Namespace of the store. '' for a cluster-scoped store and for the operator itself. */
  readonly owner: string;
  /** Number of requested values. */
  readonly secrets: number;
  readonly result: 'ok' | 'aborted' | FailureReason;
  readonly seconds: number;
  /** HTTP requests, retries included. */
  readonly attempts: number;
  /** Number of attempts that AWS throttled. */
  readonly throttled: number;
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
  const report = (result: AwsCall['result'], ended: unknown): void => {
    const seconds = (context.clock.monotonic() - started) / 1_000;
    const { service, operation, identity, owner, secrets = 0 } = subject;
    context.observe({ service, operation, as: identity.label, owner, secrets, result, seconds, ...attemptCounts(ended) });
  };
  try {
    const answer = await callFor(subject.owner, send);
    report('ok', answer);
    return ok(answer);
  } catch (error) {
    if (signal.aborted) {
      report('aborted', error);
      signal.throwIfAborted();
    }
    const failure = fromAws(error, subject);
    report(failure.reason, error);
    return failed(failure);
  }
}

/** What the SDK tells of its HTTP requests: `ended` is the answer or the error of the call. */
function attemptCounts(ended: unknown): Pick<AwsCall, 'attempts' | 'throttled'> {
  const metadata: unknown = typeof ended === 'object' && ended !== null && '$metadata' in ended ? ended.$metadata : undefined;
  const { attempts, throttled }: { attempts?: unknown; throttled?: unknown } =
    typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { attempts: typeof attempts === 'number' ? attempts : 1, throttled: typeof throttled === 'number' ? throttled : 0 };
}
