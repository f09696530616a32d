import type { AwsServiceName, IdentityFacts, ResourceFacts } from '../../failure/failure-facts.ts';

/** The facts of a call for messages. Two calls that differ only in time have equal subjects. */
export interface CallSubject {
  readonly service: AwsServiceName;
  readonly operation: string;
  readonly resource: ResourceFacts;
  /** The identity that makes the call. */
  readonly identity: IdentityFacts;
  /** Namespace of the store. '' for a cluster-scoped store and for the operator itself. */
  readonly owner: string;
  readonly region: string;
  /** Whether it changes something in AWS that the failure names. */
  readonly isWrite?: boolean;
  /** Number of requested values. */
  readonly secrets?: number;
}
