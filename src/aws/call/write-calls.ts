/**
 * Writes of one service. A write is sent once, only while this process holds the Lease, and within the budget; its result tells whether AWS may have received
 * it. A process that was suspended finds the time used up before it sends. A write that has been sent is aborted when the time ends.
 */
import type { Clock, Ms } from '../../base/clock.ts';
import { withinTime } from '../../base/deadline.ts';
import type { Failure } from '../../api/failure.ts';
import { resourceText } from '../../api/messages/words.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { ClientConfig } from './clients.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { codeOf } from '../failure/errors.ts';
import type { WriteBudget, WriteCaller, WriteFailure, WriteResult, WriteRight } from '../secrets-manager/writer-port.ts';
import { ServiceCalls, type ServiceContext } from './service-calls.ts';
import type { AttemptingClient } from './throttled-attempts.ts';

export interface WriteGuards {
  readonly right: WriteRight;
  readonly budget: WriteBudget;
}

/** A write that AWS refused: the failure, and the error code of AWS, which is more exact than the reason. */
export interface Refusal {
  readonly failure: Failure;
  readonly code: string | undefined;
}

const LATE = 'late';

type Send<C, T> = (client: C, signal: AbortSignal) => Promise<T>;
type Sent<T> = Result<T, Failure | typeof LATE>;

/** What is known of one write so far. */
interface Attempt {
  isSent: boolean;
  /** AWS's code, once AWS has refused it. */
  code?: string;
}

/** Thrown between credentials and request, where only an error ends the call. */
class RightEnded extends Error {}

export class WriteCalls<C extends AttemptingClient> {
  readonly #clock: Clock;
  readonly #guards: WriteGuards;
  readonly #calls: ServiceCalls<C>;

  /** `makeClient` gets a configuration with one attempt. */
  constructor(context: ServiceContext, guards: WriteGuards, makeClient: (config: ClientConfig & { readonly maxAttempts: 1 }) => C) {
    this.#clock = context.clock;
    this.#guards = guards;
    const beforeSend = (): void => {
      if (guards.right.remainingMs() <= 0) throw new RightEnded();
    };
    this.#calls = new ServiceCalls({ ...context, beforeSend }, (config) => makeClient({ ...config, maxAttempts: 1 }));
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
    signal.throwIfAborted();
    if (right.remainingMs() <= 0) return failed(notLeader(subject, false));
    const retryAfterMs = budget.take(caller);
    if (retryAfterMs > 0) return failed(overBudget(subject, retryAfterMs));
    const attempt: Attempt = { isSent: false };
    try {
      const outcome = await this.#whileLeading(caller, subject, signal, noting(attempt, send));
      return resultOf(outcome, subject, attempt, refused);
    } catch (error) {
      if (error instanceof RightEnded) return failed(notLeader(subject, false));
      throw error;
    } finally {
      if (!attempt.isSent) budget.giveBack(caller);
    }
  }

  /** Sends the write, and aborts it when this process may write no more. */
  #whileLeading<T extends object>(caller: WriteCaller, subject: CallSubject, signal: AbortSignal, send: Send<C, T>): Promise<Sent<T>> {
    const { right, budget } = this.#guards;
    const madeAt = this.#clock.monotonic();
    return withinTime<T, Failure | typeof LATE>(this.#clock, signal, right.remainingMs(), LATE, (bounded) =>
      this.#calls.call(
        caller.identity,
        subject,
        bounded,
        (client) => send(client, bounded),
        (attempts) => budget.tried(caller, attempts, madeAt),
      ),
    );
  }
}

/** Notes on the attempt that the request is sent, and AWS's code of its refusal. */
function noting<C, T>(attempt: Attempt, send: Send<C, T>): Send<C, T> {
  return async (client, signal) => {
    attempt.isSent = true;
    try {
      return await send(client, signal);
    } catch (error) {
      attempt.code = codeOf(error);
      throw error;
    }
  };
}

function resultOf<T>(
  outcome: Sent<T>,
  subject: CallSubject,
  { isSent, code }: Attempt,
  refused: (refusal: Refusal) => WriteFailure | undefined,
): WriteResult<T> {
  if (outcome.ok) return ok(outcome.value);
  if (outcome.failure === LATE) return failed(notLeader(subject, isSent));
  const { failure } = outcome;
  if (code === 'LimitExceededException') return failed(quota(subject));
  // There was no answer, or the answer does not exclude that AWS has written.
  const mayBeWritten = isSent && (failure.reason === 'AWSUnavailable' || failure.reason === 'InternalError');
  return failed(refused({ failure, code }) ?? { kind: 'failed', failure, mayBeWritten });
}

function notLeader({ operation, resource }: CallSubject, mayBeWritten: boolean): WriteFailure {
  const happened = mayBeWritten ? 'was given up on its way' : 'was not sent';
  return {
    kind: 'not-leader',
    message: `${operation} for ${resourceText(resource)} ${happened}: this process no longer holds the Lease`,
    mayBeWritten,
  };
}

function overBudget({ identity, region, operation, resource }: CallSubject, retryAfterMs: Ms): WriteFailure {
  const message = `${operation} for ${resourceText(resource)} waits: ${identity.label} makes as many writes in ${region} as it may`;
  return { kind: 'over-budget', retryAfterMs, message, mayBeWritten: false };
}

function quota({ operation, resource, region }: CallSubject): WriteFailure {
  return {
    kind: 'quota',
    message: `${operation} for ${resourceText(resource)} would exceed a quota of Secrets Manager in ${region}`,
    mayBeWritten: false,
  };
}
