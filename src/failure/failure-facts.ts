/**
 * The facts of a failure. They contain no value, response body, request id or time, so equal failures have equal facts. A fact is present
 * only if the message needs it.
 */

export type AwsServiceName = 'secretsmanager' | 'ssm' | 'sqs' | 'sts' | 'credentials';

/** Kinds of policies that AWS names when it denies a call. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export type PolicyType =
  | 'identity-policy'
  | 'resource-policy'
  | 'service-control-policy'
  | 'resource-control-policy'
  | 'permissions-boundary'
  | 'session-policy'
  | 'vpc-endpoint-policy'
  | 'trust-policy';

/**
 * AWS's reason for a denied call, in the terms of Keytender. AWS's text is not kept, because it quotes ARNs of principals and of policies.
 */
export interface DenialFacts {
  readonly policy: PolicyType;
  /** explicit: a policy has a Deny that matches; missing: no policy of the type has an Allow that matches. */
  readonly kind: 'explicit' | 'missing';
}

/** The identity that made the call. */
export interface IdentityFacts {
  /** The name of the identity for people: last role, access key id, or ServiceAccount. */
  readonly label: string;
  /** The origin of the credentials before roles are assumed. */
  readonly from: 'access-key' | 'service-account' | 'operator';
  /** The Secret with the access key, or the ServiceAccount. */
  readonly object?: ObjectFacts;
  /** For the operator's own identity: the part of the environment in which the AWS SDK finds credentials. */
  readonly environment?: 'access-key' | 'web-identity' | 'pod-identity' | 'other';
  /** Number of roles of the store that are assumed one after the other. */
  readonly roles: number;
}

/** The AWS resource of the call. */
export interface ResourceFacts {
  readonly type: 'secret' | 'parameter' | 'queue' | 'role' | 'path' | 'several';
  /** A name or an ARN. For `several`: a text such as `20 secrets`. */
  readonly name: string;
  /** The version as text: `stage AWSPENDING`, `version 7`, `tags`. */
  readonly version?: string;
}

export type Problem =
  /** The response of AWS lacks a field that it always has. */
  | 'incomplete-answer'
  /** The list has more pages than possible. */
  | 'endless-answer'
  /** No response within Keytender's time limit. */
  | 'timeout'
  /** The secret exists but has no value. */
  | 'no-value'
  /** Keytender's own limit of new sessions a second for all cluster-scoped stores. */
  | 'session-limit'
  /** The same for the stores of one namespace. */
  | 'namespace-session-limit'
  /** The API server gave no token of the ServiceAccount within our own limit of time. */
  | 'no-token'
  /** The SDK knows no endpoint for the region and the settings of the operator, so that no request was made. */
  | 'no-endpoint'
  /** The KMS key may not be used. */
  | 'key-denied'
  | WriteProblem;

/** Of a write to Secrets Manager. */
export type WriteProblem =
  /** Not sent, because AWS would refuse it. */
  | 'empty-value'
  | 'large-value'
  | 'value-not-text'
  | 'recovery-window'
  | 'current-stage'
  /** A replica is written in its primary region only. */
  | 'replica'
  /** The version id of the write has another value already. */
  | 'version-exists'
  /** A secret of this name exists already. */
  | 'secret-exists'
  /** The stage is at another version than the write names. */
  | 'stage-moved'
  /** AWS refuses to move the stage, and what DescribeSecret shows does not explain it. */
  | 'stage-unknown'
  /** The same, where DescribeSecret gave nothing. */
  | 'stage-not-seen'
  /** This process lost the Lease before the request was sent. */
  | 'lease-lost'
  /** It lost the Lease before AWS answered. */
  | 'lease-lost-in-flight'
  /** Keytender's own limit of writes. */
  | 'write-limit';

/** An object of the API server. */
export interface ObjectFacts {
  readonly kind: string;
  /** Absent or empty for a cluster-scoped kind. */
  readonly namespace?: string;
  readonly name: string;
}

/** A move of a stage from one version to another. */
export interface StageFacts {
  readonly name: string;
  readonly to?: string;
  readonly from?: string;
  /** The version that has it. */
  readonly holder?: string;
}

export interface FailureFacts {
  readonly service?: AwsServiceName;
  readonly region?: string;
  /** The name of the call in the SDK, such as GetSecretValue. */
  readonly operation?: string;
  readonly denial?: DenialFacts;
  /** The error code of AWS, if Keytender has no text for it. */
  readonly code?: string;
  /** The network error, if a person must act. */
  readonly network?: 'name' | 'certificate';
  readonly identity?: IdentityFacts;
  readonly resource?: ResourceFacts;
  readonly stage?: StageFacts;
  readonly object?: ObjectFacts;
  /** The place in the specification: `data[2] (user, key "db/password")`. */
  readonly entry?: string;
  /** The problem, if one reason has several causes. */
  readonly problem?: Problem;
  /** The limit of Keytender that was reached, in the unit of the problem. */
  readonly limit?: number;
}
