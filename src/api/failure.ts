/** An expected failure: its reason, its message for people, and when the operator tries again. */
import { failureReasons, type FailureReason, type Retry } from './reasons.ts';
import { excerpt } from '../base/excerpt.ts';
import { failed, type Result } from '../base/result.ts';

export interface Failure {
  readonly reason: FailureReason;
  /**
   * For people: names the entry and the object. It never contains a value, a response body, a request id or a time, because a message that
   * differs after each try would cause a status write after each try.
   */
  readonly message: string;
  /** Shortest time until the next try in milliseconds, if the server sent one (Retry-After). */
  readonly retryAfterMs?: number;
  /** Set if the failure happened while the operator obtained credentials, before it called the service. */
  readonly during?: 'credentials';
  /** The original error, for the debugger only. It is never printed. */
  readonly cause?: unknown;
}

export type Outcome<T> = Result<T, Failure>;

/** Maximum length in characters. Messages quote only excerpts of foreign text, so that they are much shorter; this is the last safeguard. */
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

/** The same failure, with the place of the failure before its message: `data[2] (key "db/password")`. */
export function at(place: string, of: Failure): Failure {
  return { ...of, message: excerpt(`${place}: ${of.message}`, MAX_MESSAGE) };
}

/** Message and hint in one line, as conditions and Events show them. */
export function explain(of: Failure): string {
  return `${of.message}; ${failureReasons[of.reason].hint}`;
}
