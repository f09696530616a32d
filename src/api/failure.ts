/**
 * An expected failure as a value: its reason, and its facts or else a text. It is worded for people by src/api/messages only, because the reader decides
 * which facts may be shown.
 */
import type { FailureFacts } from './failure-facts.ts';
import { failureReasons, type FailureReason, type Retry } from './reasons.ts';
import { excerpt } from '../base/excerpt.ts';
import { failed, type Result } from '../base/result.ts';

export type StoreKind = 'SecretStore' | 'ClusterSecretStore';

interface FailureDetails {
  /** Lower bound for the next try, when the other side gave one (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number;
  /** Set if the failure happened while the operator obtained credentials, before it called the service. */
  readonly during?: 'credentials';
  /** The failure that this one follows from: its words are told together with what this one asks of people. */
  readonly because?: Failure;
  /** The kind of the store that it was read through: as whom a ClusterSecretStore reads is not told to those who use it. */
  readonly through?: StoreKind;
  /** How many more entries of the resource have failed. */
  readonly others?: number;
  /** For the debugger only; never printed. No part of what makes two failures equal. */
  readonly cause?: unknown;
}

/** A failure that carries its facts. */
export interface FactualFailure extends FailureDetails {
  readonly reason: FailureReason;
  readonly facts: FailureFacts;
  readonly message?: never;
  readonly entry?: never;
}

/** A failure whose text was made where it happened. */
export interface TextFailure extends FailureDetails {
  readonly reason: FailureReason;
  /**
   * Which entry and which object, never a value, a response body, a request id or a time (a message that differs each time would cause a write each
   * time).
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
/** Of a place in the specification, which names keys. */
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

/** The same failure, with where it happened: `data[2] (key "db/password")`. */
export function at(place: string, of: Failure): Failure {
  const inner = entryOf(of);
  const entry = excerpt(inner === undefined ? place : `${place}: ${inner}`, MAX_ENTRY);
  return of.facts === undefined ? { ...of, entry } : { ...of, facts: { ...of.facts, entry } };
}

/** Where in the specification it happened. */
export function entryOf({ facts, entry }: Failure): string | undefined {
  return facts === undefined ? entry : facts.entry;
}

/** The same failure, found by reading through a store of this kind. */
export function through(storeKind: StoreKind, of: Failure): Failure {
  return { ...of, through: storeKind };
}

/** The same failure, which speaks for so many others as well. */
export function withOthers(count: number, of: Failure): Failure {
  return count === 0 ? of : { ...of, others: count };
}

/** Equal for two failures if and only if a reader is told the same. */
export function failureKey(of: Failure): string {
  const { reason, message, facts, entry, during, others, because, through: storeKind } = of;
  return JSON.stringify([reason, message ?? facts, entry, during, others, storeKind, because === undefined ? null : failureKey(because)]);
}
