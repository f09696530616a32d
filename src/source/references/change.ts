/** A change of a secret or parameter, from any type of event. It is a hint: only a read shows the present state. */
import type { SecretService } from '../../aws/credentials/identity.ts';
import type { Ms } from '../../base/time/clock.ts';

export interface Change {
  readonly service: SecretService;
  /** The name, if the event or a full ARN contains it. */
  readonly name?: string;
  /** Full ARN. */
  readonly arn?: string;
  /** The id in the request of a caller, if the event has no more exact id: name, ARN or partial ARN. */
  readonly calledBy?: string;
  /** Further ids in the same request. */
  readonly alsoCalled?: readonly string[];
  readonly account?: string;
  readonly region?: string;
  /** The labels that moved. Absent if the change concerns the whole secret (deleted, restored). */
  readonly stages?: readonly string[];
  /** The version that has the labels now. */
  readonly versionId?: string;
  /** Time of the change, on AWS's clock. */
  readonly time?: Ms;
}
