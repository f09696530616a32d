/**
 * Turns the result of a reconcile into reason and message of a condition, in the words of a dialect. Controllers know only the reasons of the catalogue
 * (reasons.ts); users and their scripts see the words. The types of conditions (Ready, UpToDate, …) are the same in every dialect.
 */
import { visible } from '../base/escape.ts';
import type { Condition } from './schema/conditions.ts';
import type { Failure } from '../failure/failure.ts';
import { messageFor } from '../messages/message.ts';
import type { Reader } from '../messages/reader.ts';
import { type HintNames, hintOf, isReason, stateReasons, type Reason, type StateReason } from '../failure/reasons.ts';

export type Words = Pick<Condition, 'reason' | 'message'>;

export interface ConditionWords {
  /** Words of a failure for the reader of the condition. Equal failures have equal words: a condition is written when its words change. */
  readonly failed: (failure: Failure, reader: Reader) => Words;
  /**
   * The words of a state that is not a failure. `message` adds to the reason; its default is the text of the dialect. The message of an
   * existing condition can be passed again and is returned unchanged, so that an unchanged state keeps its words.
   */
  readonly settled: (reason: StateReason, message?: string) => Words;
  /** Whether the condition has the words of `reason`. A dialect that has one reason for several reasons of the catalogue distinguishes them by the message. */
  readonly means: (condition: Words | undefined, reason: Reason) => boolean;
  /** Whether the dialect has this reason. Other clients can write statuses too; metrics count all unknown reasons as one. */
  readonly isReason: (reason: string) => boolean;
}

/** The words of the catalogue: each reason with its hint, which has the names of the dialect. */
export function catalogueWords(names: HintNames): ConditionWords {
  return {
    failed: (failure, reader) => ({ reason: failure.reason, message: messageFor(failure, reader) }),
    settled: (reason, message = hintOf(stateReasons[reason], names)) => ({ reason, message: visible(message) }),
    means: (condition, reason) => condition?.reason === reason,
    isReason,
  };
}
