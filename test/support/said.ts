// The message of a failure for a reader who may see all, for tests of the code that makes failures.
import type { Failure, Outcome } from '../../src/failure/failure.ts';
import { sentenceFor } from '../../src/messages/message.ts';
import { owner } from '../../src/messages/reader.ts';

/** What failed, without what to do. */
export function said(failure: Failure): string {
  return sentenceFor(failure, owner);
}

/** Reason and message of a failure; undefined where it is none. */
export function saidOf(outcome: Outcome<unknown>): { reason: string; message: string } | undefined {
  return outcome.ok ? undefined : { reason: outcome.failure.reason, message: said(outcome.failure) };
}
