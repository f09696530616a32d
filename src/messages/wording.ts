import type { FailureFacts } from '../failure/failure-facts.ts';
import type { FailureReason } from '../failure/reasons.ts';
import type { Piece } from './fit.ts';
import type { ReaderContext } from './reader.ts';

export interface Message {
  /** What failed, where, and with which identity. */
  readonly said: readonly Piece[];
  /** What to do. */
  readonly action: Piece | readonly Piece[];
}

/** Makes the message of facts. */
export type Wording = (facts: FailureFacts, view: ReaderContext) => Message;

export type Wordings = Readonly<Partial<Record<FailureReason, Wording>>>;
