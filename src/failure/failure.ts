/**
 * An expected failure as a value: its reason, and its facts or a text. Only src/messages makes the message for people, because the
 * reader decides which facts may be shown.
 */
import type { FailureFacts } from './failure-facts.ts';
import { failureReasons, type FailureReason, type Retry } from './reasons.ts';
import { excerpt } from '../base/excerpt.ts';
import { failed, type Result } from '../base/result.ts';

export type StoreKind = 'SecretStore' | 'ClusterSecretStore';

interface FailureDetails {
  /** Earliest time of the retry in milliseconds (Retry-After). */
  readonly retryAfterMs?: number;
  /** Set if the failure happened while the operator obtained credentials, before it called the service. */
  readonly during?: 'credentials';
  /** The cause. The message combines both. */
  readonly because?: Failure;
  /** Kind of the store that was used. Users of a ClusterSecretStore do not see its identity. */
  readonly through?: StoreKind;
  /** Number of further entries of the resource that failed. */
  readonly others?: number;
  /** For the debugger only; never printed. Two failures with different causes can be equal. */
  readonly cause?: unknown;
}

/** A failure with facts. */
export interface FactualFailure extends FailureDetails {
  readonly reason: FailureReason;
  readonly facts: FailureFacts;
  readonly message?: never;
  readonly entry?: never;
}

/** A failure whose text was made by the code that found it. */
export interface TextFailure extends FailureDetails {
  readonly reason: FailureReason;
  /**
   * Names the entry and the object. Contains no value, response body, request id or time: a message that differs each time would cause a
   * write each time.
   */
  readonly message: string;
  /** Where in the specification, as in the facts. */
  readonly entry?: string;
  readonly facts?: never;
}

export type Failure = FactualFailure | TextFailure;

export type Outcome<T> = Result<T, Failure>;

/** Maximum length in characters of a text. Texts quote only excerpts of foreign text, so that they are much shorter; this is the last safeguard. */
const MAX_MESSAGE = 1_024;
/** Maximum length of the place in the specification, which contains keys. */
const MAX_ENTRY = 256;

export function failure(reason: FailureReason, said: string | FailureFacts, details: FailureDetails = {}): Failure {
  return typeof said === 'string' ? { reason, message: excerpt(said, MAX_MESSAGE), ...details } : { reason, facts: said, ...details };
}

export function fail(reason: FailureReason, said: string | FailureFacts, details?: FailureDetails): Result<never, Failure> {
  return failed(failure(reason, said, details));
}

export function retryOf(of: Failure): Retry {
  return failureReasons[of.reason].retry;
}

/** The failure with its place: `data[2] (key "db/password")`. */
export function at(place: string, of: Failure): Failure {
  const inner = entryOf(of);
  const entry = excerpt(inner === undefined ? place : `${place}: ${inner}`, MAX_ENTRY);
  return of.facts === undefined ? { ...of, entry } : { ...of, facts: { ...of.facts, entry } };
}

/** Where in the specification it happened. */
export function entryOf({ facts, entry }: Failure): string | undefined {
  return facts === undefined ? entry : facts.entry;
}

/** The failure with the kind of the store that was used. */
export function through(storeKind: StoreKind, of: Failure): Failure {
  return { ...of, through: storeKind };
}

/** The failure with the number of further failed entries. */
export function withOthers(count: number, of: Failure): Failure {
  return count === 0 ? of : { ...of, others: count };
}

/** Equal for two failures if and only if a reader is told the same. */
export function failureKey(of: Failure): string {
  const { reason, message, facts, entry, during, others, because, through: storeKind } = of;
  return JSON.stringify([reason, message ?? facts, entry, during, others, storeKind, because === undefined ? null : failureKey(because)]);
}
