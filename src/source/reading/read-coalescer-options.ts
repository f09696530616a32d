/** What the reader works with, and what it's asked. */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock, Ms } from '../../base/clock.ts';
import type { BatchPermissions } from '../limits/batch-permissions.ts';
import type { Budgets } from '../limits/call-budgets.ts';
import type { CallExecutor } from './call-executor.ts';
import type { SourceBreakers } from '../limits/source-breakers.ts';
import type { ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';

/** A finished call about one reference. */
export interface Answer extends KeyedReference {
  readonly outcome: Outcome<SecretVersion>;
  /** Counts the calls: a higher one was made later. */
  readonly order: number;
  /** How long ago AWS was asked: a query takes a while. Undefined: just now. */
  readonly age?: Ms;
  readonly wanted: boolean;
}

export interface ReadCoalescerOptions {
  readonly clock: Clock;
  /** Ends all reads. */
  readonly lifetime: AbortSignal;
  readonly calls: CallExecutor;
  readonly breakers: SourceBreakers;
  readonly budgets: Budgets;
  readonly permissions: BatchPermissions;
  /** Takes note of each answer, once however many wait for it; what it gives is what they get. A promise only where AWS has to be asked again. */
  readonly record: (answer: Answer) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  /** A page of a query was read, and there are more: what waits for an identity to be well again waits no longer. */
  readonly onPage: () => void;
  /** A refresh was not made, because nothing can be read until then (monotonic). */
  readonly postpone: (pending: KeyedReference, until: number) => void;
  /** Namespace of somebody who uses the reference; '' where nobody does. */
  readonly namespaceOf: (key: ReferenceKey) => string;
  readonly window?: Ms;
  /** Whether reads are sure to follow soon: then batches are filled before they are sent. */
  readonly moreToCome?: () => boolean;
}

export interface ReadWish {
  /** The call must begin after this; else a read that is under way will do. */
  readonly fresh: boolean;
  /** Somebody waits for the value. */
  readonly wanted: boolean;
  /** Of whoever waits for it; undefined: that of those who use the reference. */
  readonly namespace?: string;
}
