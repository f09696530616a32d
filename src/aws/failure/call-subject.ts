import type { AwsServiceName, IdentityFacts, ResourceFacts } from '../../api/failure-facts.ts';

/** What was asked, as facts for messages. Two calls that differ only in time have equal subjects. */
export interface CallSubject {
  readonly service: AwsServiceName;
  readonly operation: string;
  readonly resource: ResourceFacts;
  /** Who asked. */
  readonly identity: IdentityFacts;
  /** Namespace of the store that it is asked for; '' for a cluster-scoped store and for the operator itself. */
  readonly owner: string;
  readonly region: string;
  /** How many secrets' values are asked for. */
  readonly secrets?: number;
}
