/** A change of a secret or parameter, whichever way AWS told it. A hint: only a read tells what is there. */
import type { SecretService } from '../../aws/credentials/identity.ts';
import type { Ms } from '../../base/clock.ts';

export interface Change {
  readonly service: SecretService;
  /** The name, where the event states it or its full ARN does. */
  readonly name?: string;
  /** Full ARN. */
  readonly arn?: string;
  /** What somebody called it in a request, if the event tells nothing better: name, ARN or partial ARN. */
  readonly calledBy?: string;
  /** What else the same request was about, as it was called there. */
  readonly alsoCalled?: readonly string[];
  readonly account?: string;
  readonly region?: string;
  /** The labels that moved; absent when it concerns the secret as a whole (deleted, restored). */
  readonly stages?: readonly string[];
  /** The version that the labels sit on now. */
  readonly versionId?: string;
  /** When it happened, by AWS's clock. */
  readonly time?: Ms;
}

export type ParsedMessage =
  | { readonly kind: 'change'; readonly change: Change }
  /** An event, but none of a changed value. */
  | { readonly kind: 'foreign' }
  /** Nothing that AWS would send. */
  | { readonly kind: 'poison' };
