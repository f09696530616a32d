/**
 * What is known of a failure, as data: src/api/messages words it for people. Never a value, a response body, a request id or a time: equal failures have
 * equal facts. A fact is given only where the message of that reason needs it, so that two failures that read the same are the same.
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

/** AWS's own reason for a denied call, in our terms. AWS's text is never kept: it quotes ARNs of principals and of policies. */
export interface DenialFacts {
  readonly policy: PolicyType;
  /** explicit: a policy has a Deny that matches; missing: no policy of the type has an Allow that matches. */
  readonly kind: 'explicit' | 'missing';
}

/** As whom AWS was called. */
export interface IdentityFacts {
  /** As people know it: the ARN of the role that was assumed last, an access key id, a ServiceAccount. */
  readonly label: string;
  /** How it came to be, before any role of the store is assumed. */
  readonly from: 'access-key' | 'service-account' | 'operator';
  /** The Secret with the access key, or the ServiceAccount. */
  readonly object?: ObjectFacts;
  /** For the operator's own identity: the part of its environment that the AWS SDK finds credentials in. */
  readonly environment?: 'access-key' | 'web-identity' | 'pod-identity' | 'other';
  /** How many roles of the store are assumed one after the other. */
  readonly roles: number;
}

/** A part of AWS that a call asks for. */
export interface ResourceFacts {
  readonly type: 'secret' | 'parameter' | 'queue' | 'role' | 'path' | 'several';
  /** A name or an ARN; of `several` the words for them, such as `20 secrets`. */
  readonly name: string;
  /** Which version of it, in words: `stage AWSPENDING`, `version 7`, `tags`. */
  readonly version?: string;
}

export type Problem =
  /** AWS's answer lacks what it always holds. */
  | 'incomplete-answer'
  /** Page follows page. */
  | 'endless-answer'
  /** No answer within our own limit of time. */
  | 'timeout'
  /** The secret is there, without a value. */
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
  /** The call as the SDK names it, such as GetSecretValue. */
  readonly operation?: string;
  readonly denial?: DenialFacts;
  /** The code of AWS, where we have no words for it. */
  readonly code?: string;
  /** Why a server could not be reached, where a person has to do something about it. */
  readonly network?: 'name' | 'certificate';
  readonly identity?: IdentityFacts;
  readonly resource?: ResourceFacts;
  readonly stage?: StageFacts;
  readonly object?: ObjectFacts;
  /** Where in the specification: `data[2] (user, key "db/password")`. */
  readonly entry?: string;
  /** What is wrong, where one reason has several causes. */
  readonly problem?: Problem;
  /** The limit of Keytender that was reached, in the unit of the problem. */
  readonly limit?: number;
}
