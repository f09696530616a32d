/** A change of a secret or parameter, from any kind of event. It is a hint: only a read shows the present state. */
import type { SecretService } from '../../aws/credentials/identity.ts';
import type { Ms } from '../../base/clock.ts';

export interface Change {
  readonly service: SecretService;
  /** The name, if the event states it or a full ARN. */
  readonly name?: string;
  /** Full ARN. */
  readonly arn?: string;
  /** The id in the request of a caller, if the event has nothing more exact: name, ARN or partial ARN. */
  readonly calledBy?: string;
  /** Further ids in the same request. */
  readonly alsoCalled?: readonly string[];
  readonly account?: string;
  readonly region?: string;
  /** The labels that moved; absent if the change concerns the whole secret (deleted, restored). */
  readonly stages?: readonly string[];
  /** The version that has the labels now. */
  readonly versionId?: string;
  /** When the change happened, by AWS's clock. */
  readonly time?: Ms;
}

export type ParsedMessage =
  | { readonly kind: 'change'; readonly change: Change }
  /** An event, but not of a changed value. */
  | { readonly kind: 'foreign' }
  /** Not a message of AWS. */
  | { readonly kind: 'poison' };
