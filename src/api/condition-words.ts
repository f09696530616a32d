/**
 * How a dialect words what controllers find, as reason and message of a condition. Controllers know reasons of the catalogue (reasons.ts) only; the
 * words are what users and their scripts see. Types of conditions (Ready, UpToDate, …) are the same in every dialect.
 */
import type { Condition } from './conditions.ts';
import type { Failure } from './failure.ts';
import { messageFor } from './messages/message.ts';
import type { Reader } from './messages/reader.ts';
import { isReason, settledReasons, type Reason, type SettledReason } from './reasons.ts';

export type Words = Pick<Condition, 'reason' | 'message'>;

export interface ConditionWords {
  /** Of a failure, for the reader of the condition. Equal failures have equal words: a condition is written when its words change. */
  readonly failed: (failure: Failure, reader: Reader) => Words;
  /**
   * Of success or rest. `message`: what is to be said beyond the reason, if anything. A message that this gave before is given back as it is: an
   * unchanged state is worded with the message that its condition has.
   */
  readonly settled: (reason: SettledReason, message?: string) => Words;
  /** Whether a condition has the words of `reason`. A dialect with one reason for several of the catalogue tells them apart by the message. */
  readonly means: (condition: Words | undefined, reason: Reason) => boolean;
  /** Whether the dialect has this reason. Others than the operator may write statuses, and metrics count all other reasons as one. */
  readonly isReason: (reason: string) => boolean;
}

/** The reasons of the catalogue themselves, each with its hint. */
export const catalogueWords: ConditionWords = {
  failed: (failure, reader) => ({ reason: failure.reason, message: messageFor(failure, reader) }),
  settled: (reason, message = settledReasons[reason].hint) => ({ reason, message }),
  means: (condition, reason) => condition?.reason === reason,
  isReason,
};
