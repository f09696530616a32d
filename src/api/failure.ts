/** An expected failure: what a person is told, and what the operator does about it. */
import { failureReasons, type FailureReason, type Retry } from './reasons.ts';
import { excerpt } from '../base/excerpt.ts';
import { failed, type Result } from '../base/result.ts';

export interface Failure {
  readonly reason: FailureReason;
  /**
   * For people: which entry and which object, never a value, a response body, a request id or a time (a message that differs each time
   * would cause a write each time).
   */
  readonly message: string;
  /** Lower bound for the next try, when the other side gave one (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number;
  /** Set when it happened while credentials were obtained, before the service was asked at all. */
  readonly during?: 'credentials';
  /** For the debugger only; never printed. */
  readonly cause?: unknown;
}

export type Outcome<T> = Result<T, Failure>;

/** A backstop: messages quote only excerpts of what others wrote, and stay far below it. */
const MAX_MESSAGE = 1_024;

export function failure(reason: FailureReason, message: string, details: { cause?: unknown; retryAfterMs?: number } = {}): Failure {
  return { reason, message: excerpt(message, MAX_MESSAGE), ...details };
}

export function fail(reason: FailureReason, message: string, details?: { cause?: unknown; retryAfterMs?: number }): Result<never, Failure> {
  return failed(failure(reason, message, details));
}

export function retryOf(of: Failure): Retry {
  return failureReasons[of.reason].retry;
}

/** The same failure, its message led by where it happened: `data[2] (key "db/password")`. */
export function at(place: string, of: Failure): Failure {
  return { ...of, message: excerpt(`${place}: ${of.message}`, MAX_MESSAGE) };
}

/** Message and hint in one line, as conditions and events show it. */
export function explain(of: Failure): string {
  return `${of.message}; ${failureReasons[of.reason].hint}`;
}
