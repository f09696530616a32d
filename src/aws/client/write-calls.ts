/**
 * Writes of one service. A write is sent once, only while this process has the right to write, and within the budget; its result tells whether AWS may have
 * received it. A process that was suspended finds the time used up before it sends. A write that has been sent is aborted when the time ends.
 */
import type { Clock } from '../../base/time/clock.ts';
import { withinTime } from '../../base/time/deadline.ts';
import type { Failure } from '../../failure/failure.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { ClientConfig } from './clients.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { codeOf } from '../failure/errors.ts';
import type { WriteCaller, WriteFailure, WriteGuards, WriteRequest, WriteResult } from '../writer-port.ts';
import { ServiceCalls, type ServiceContext } from './service-calls.ts';
import type { AttemptingClient } from '../call/throttled-attempts.ts';

/** A write that AWS refused: the request, and the error code of AWS, which is more exact than the reason. */
export interface Refusal {
  readonly request: WriteRequest;
  readonly code: string | undefined;
}

const LATE = 'late';

type Send<C, T> = (client: C, signal: AbortSignal) => Promise<T>;
type Sent<T> = Result<T, Failure | typeof LATE>;

/** What is known of one write so far. */
interface Attempt {
  /** waiting: for credentials or for the budget; a request before it was refused. counted: in the budget. sent: AWS may have received it. */
  state: 'waiting' | 'counted' | 'sent';
  /** When it was sent (monotonic). */
  madeAt: number;
  /** AWS's code, once AWS has refused it. */
  code?: string;
}

/** Thrown between credentials and request, where only an error ends the call. */
class NotSent extends Error {
  readonly failure: WriteFailure;

  constructor(failure: WriteFailure) {
    super();
    this.failure = failure;
  }
}

export class WriteCalls<C extends AttemptingClient> {
  readonly #clock: Clock;
  readonly #guards: WriteGuards;
  readonly #calls: ServiceCalls<C>;

  /** `makeClient` gets a configuration with one attempt. */
  constructor(context: ServiceContext, guards: WriteGuards, makeClient: (config: ClientConfig & { readonly maxAttempts: 1 }) => C) {
    this.#clock = context.clock;
    this.#guards = guards;
    this.#calls = new ServiceCalls(context, (config) => makeClient({ ...config, maxAttempts: 1 }));
  }

  /** `refused` gives the result of this write for a refusal of AWS. Undefined: an ordinary failure. */
  async call<T extends object>(
    caller: WriteCaller,
    subject: CallSubject,
    signal: AbortSignal,
    send: Send<C, T>,
    refused: (refusal: Refusal) => WriteFailure | undefined = () => undefined,
  ): Promise<WriteResult<T>> {
    const { right, budget } = this.#guards;
    const request = requestOf(subject);
    signal.throwIfAborted();
    if (right.remainingMs() <= 0) return failed({ kind: 'not-leader', request, mayBeWritten: false });
    const attempt: Attempt = { state: 'waiting', madeAt: 0 };
    try {
      const outcome = await this.#whileLeading(caller, subject, attempt, signal, send);
      return outcome.ok ? ok(outcome.value) : failed(writeFailureOf(outcome.failure, request, attempt, refused));
    } catch (error) {
      if (error instanceof NotSent) return failed(error.failure);
      throw error;
    } finally {
      if (attempt.state === 'counted') budget.giveBack(caller);
    }
  }

  /** Sends the write, and aborts it when this process may write no more: a right that was renewed meanwhile extends the time. */
  #whileLeading<T extends object>(
    caller: WriteCaller,
    subject: CallSubject,
    attempt: Attempt,
    signal: AbortSignal,
    send: Send<C, T>,
  ): Promise<Sent<T>> {
    const { right, budget } = this.#guards;
    return withinTime<T, Failure | typeof LATE>(
      this.#clock,
      signal,
      () => right.remainingMs(),
      LATE,
      (bounded) =>
        this.#calls.call(caller.identity, subject, bounded, (client) => noting(attempt, () => send(client, bounded)), {
          beforeSend: () => this.#admit(caller, subject, attempt, bounded),
          onAttempts: (attempts) => budget.tried(caller, attempts, attempt.madeAt),
        }),
    );
  }

  /** Waits for the budget, and asks for the right again: the credentials and the budget may have taken their time, or the process was suspended. */
  async #admit(caller: WriteCaller, subject: CallSubject, attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { right, budget } = this.#guards;
    const request = requestOf(subject);
    attempt.state = 'waiting';
    const retryAfterMs = await budget.take(caller, signal);
    if (retryAfterMs > 0) throw new NotSent({ kind: 'over-budget', request, retryAfterMs, mayBeWritten: false });
    attempt.state = 'counted';
    if (right.remainingMs() <= 0) throw new NotSent({ kind: 'not-leader', request, mayBeWritten: false });
    attempt.madeAt = this.#clock.monotonic();
  }
}

/** The facts of a write for its messages. */
export function requestOf({ service, region, operation, resource }: CallSubject): WriteRequest {
  return { service, region, operation, resource };
}

/** Notes on the attempt that the request is sent, and AWS's code of its refusal. */
async function noting<T>(attempt: Attempt, send: () => Promise<T>): Promise<T> {
  attempt.state = 'sent';
  try {
    return await send();
  } catch (error) {
    attempt.code = codeOf(error);
    throw error;
  }
}

function writeFailureOf(
  failure: Failure | typeof LATE,
  request: WriteRequest,
  { state, code }: Attempt,
  refused: (refusal: Refusal) => WriteFailure | undefined,
): WriteFailure {
  if (failure === LATE) return { kind: 'not-leader', request, mayBeWritten: state === 'sent' };
  if (failure.reason === 'AWSQuotaExceeded') return { kind: 'quota', request, failure, mayBeWritten: false };
  // There was no answer, or the answer does not exclude that AWS has written. Without new credentials, AWS has refused the request before.
  const wasAnswered = state !== 'sent' || failure.during === 'credentials';
  const mayBeWritten = !wasAnswered && (failure.reason === 'AWSUnavailable' || failure.reason === 'InternalError');
  return refused({ request, code }) ?? { kind: 'failed', request, failure, mayBeWritten };
}
