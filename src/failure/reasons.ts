/**
 * The catalogue of condition reasons. Append-only: a released reason keeps its name and its meaning, because alerts and scripts match it.
 * `retry` is what the operator does; `hint` is what a person can do. The generated reference shows both for each reason.
 */

import { entry, type ReasonEntry } from './reason-entry.ts';
import { restartFailureReasons, restartStateReasons } from './restart-reasons.ts';

export type { ReasonEntry, Retry } from './reason-entry.ts';

/** The names of a dialect that hints contain. */
export interface HintNames {
  /** The annotation that asks for a refresh. */
  readonly forceSync: string;
  /** Prefix of the annotations of workloads. */
  readonly workloadPrefix: string;
}

/** The hint for people, with the names of a dialect. */
export function hintOf({ hint }: ReasonEntry, { forceSync, workloadPrefix }: HintNames): string {
  return hint.replaceAll('{forceSync}', forceSync).replaceAll('{workload}', workloadPrefix);
}

/** Reasons that are not failures. */
export const stateReasons = {
  SecretSynced: entry('change', 'the Secret holds the current values'),
  Validated: entry('change', 'every reference resolves; nothing is written because creationPolicy is None'),
  Suspended: entry('change', 'set spec.suspend to false to resume'),
  StoreValid: entry('change', 'the store can be used'),
  AWSAvailable: entry('change', 'AWS answers again'),
  BatchReadsGranted: entry('change', 'up to twenty secrets are read with one call again'),
  ListGranted: entry('change', 'ListSecrets finds changed secrets again'),
  EventsReceived: entry('change', 'the queue reports changes in AWS, and they show within seconds'),
  RestartsDone: entry('change', 'every workload was restarted for the current content, is being restarted, or needs no restart'),
  RestartsNotNeeded: entry(
    'change',
    'no workload needs a restart: its pods have the current content, or status.restarts says why it needs none',
  ),
  RestartsBlocked: entry(
    'change',
    'old pods of a target still run: resume the paused Deployment, delete the pods (OnDelete), or lower the partition',
  ),
  RestartsDisabled: entry('change', 'the operator runs with --restart=false: it neither reads nor restarts workloads'),
  ChangePending: entry(
    'change',
    'AWS has another version, but the refresh policy does not read it yet: change the specification or set the annotation {forceSync}',
  ),
  ForceSyncDelayed: entry(
    'change',
    'the sync follows automatically: set {forceSync} less often, or fix the problem that keeps the operator from reading AWS',
  ),
  ReadsDelayed: entry(
    'change',
    'the reads follow automatically: change fewer ExternalSecrets of the namespace at the same time, or let them name fewer secrets',
  ),
  ...restartStateReasons,
} as const satisfies Record<string, ReasonEntry>;

export const failureReasons = {
  InvalidSpec: entry('change', 'correct the field that the message names'),
  StoreNotFound: entry('change', 'create the store or correct spec.secretStoreRef'),
  StoreNotReady: entry('change', 'look at the conditions of the store'),
  StoreNamespaceDenied: entry('change', 'add the namespace to spec.conditions of the ClusterSecretStore or use another store'),
  OperatorIdentityDenied: entry(
    'change',
    'set spec.provider.aws.auth of the store, or start the operator with --allow-operator-identity if tenants may use its identity',
  ),
  CredentialsMissing: entry('change', 'create or correct the Secret or ServiceAccount that the message names'),
  CredentialsInvalid: entry('backoff', 'AWS does not know these credentials: renew the access key or correct the trust policy of the role'),
  CredentialsExpired: entry('backoff', 'renew the session token or check that the role can be assumed again'),
  CredentialsUnavailable: entry(
    'backoff',
    'no credentials were found: check IRSA or Pod Identity of the operator, or give the store spec.provider.aws.auth',
  ),
  AssumeRoleDenied: entry('backoff', 'check the trust policy of the role, the external id and sts:TagSession'),
  AccessDenied: entry(
    'backoff',
    'allow the call that the message names, on what it names, to the identity; the message says which kind of policy denies it, where AWS says so',
  ),
  RemoteSecretNotFound: entry(
    'backoff',
    'check key, prefix, region and the AWS account of the identity; AWS gives the same answer if a version, stage or label does not exist',
  ),
  RemoteSecretMarkedForDeletion: entry(
    'backoff',
    'restore the secret with RestoreSecret or refer to another one; the Secret keeps its last values',
  ),
  KMSFailure: entry('backoff', 'check that the KMS key of the secret is enabled and that the identity may use it'),
  Throttled: entry('backoff', 'AWS, or a limit of Keytender that the message names, delays calls; the operator tries again automatically'),
  ClockSkew: entry('backoff', 'correct the clock of the node: AWS refuses signatures that differ from its time by more than five minutes'),
  AWSUnavailable: entry(
    'backoff',
    'the operator tries again automatically; if it lasts, check the region of the store, and endpoint, DNS, proxy and network policies of the operator',
  ),
  AWSRequestRefused: entry('change', 'AWS refused the request as invalid; check key and version of the entry'),
  PropertyNotFound: entry(
    'change',
    String.raw`compare remoteRef.property with the JSON value; it is a gjson path: in a longer path, write a dot in a name as \.; * ? # | are special`,
  ),
  InvalidJSON: entry('change', 'property and extract need a value that is a JSON object'),
  InvalidEncoding: entry('change', 'the value is not in the encoding that decodingStrategy asks for'),
  InvalidSecretKey: entry('change', 'a key of a Secret may have only letters, digits, "-", "_" and ".", at most 253 characters'),
  DuplicateSecretKey: entry('change', 'two entries give the same key: rename or remove one'),
  SecretTooLarge: entry('change', 'use fewer or smaller values, or split them over several ExternalSecrets'),
  TargetNotOwned: entry('change', 'choose another target.name, delete that Secret, or use creationPolicy Merge'),
  TargetOwnedByOther: entry('change', 'two ExternalSecrets have the same target: give each its own target, or use creationPolicy Merge'),
  TargetMissing: entry('change', 'creationPolicy Merge writes into an existing Secret: create the Secret, or use Owner'),
  TargetImmutable: entry('change', 'the Secret is immutable: set target.recreate, or delete the Secret'),
  TargetTypeChanged: entry('change', 'Kubernetes cannot change the type of a Secret: set target.recreate, or delete the Secret'),
  TargetReserved: entry('change', 'this name or type of Secret is reserved: choose another one'),
  MergeKeyConflict: entry('change', 'another ExternalSecret writes this key of the target: let only one of them write it'),
  Forbidden: entry(
    'backoff',
    'grant the operator the permission that the message names (by RBAC, or by adding the namespace to those it serves)',
  ),
  QuotaExceeded: entry('backoff', 'raise the ResourceQuota of the namespace or delete Secrets'),
  AdmissionDenied: entry('backoff', 'the policy or webhook that the message names refuses the write: change its rule, or exempt Keytender'),
  NamespaceTerminating: entry('change', 'the namespace is being deleted'),
  Conflict: entry('now', 'another client wrote at the same time; the operator tries again at once'),
  MutatedByAdmission: entry('backoff', 'a mutating webhook changes the data of Secrets when they are written: exempt this Secret from it'),
  DriftFight: entry('backoff', 'another client changes this Secret again and again: find it in metadata.managedFields'),
  KubernetesUnavailable: entry(
    'backoff',
    'the operator tries again automatically; if it lasts, check the API server, or the webhook if the message names one',
  ),
  RestartTargetNotFound: entry('change', 'create the workload or correct spec.restart.targets'),
  RestartFailed: entry(
    'backoff',
    'remove the cause that the message names (a missing permission, a policy, a webhook or another client); the operator tries again automatically',
  ),
  BatchReadsDenied: entry(
    'backoff',
    'secrets are read one by one, which costs more calls: allow secretsmanager:BatchGetSecretValue on "*" (for parameters: ssm:GetParameters) to the identity of the store',
  ),
  ListDenied: entry(
    'backoff',
    'secrets are read in each interval, which costs more calls: allow secretsmanager:ListSecrets on "*" to the identity of the store, or remove spec.changeDetection',
  ),
  EventsQueueFailing: entry(
    'backoff',
    'the queue cannot be read, so secrets are refreshed at refreshInterval: check its URL and allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility',
  ),
  EventsQueueConflict: entry(
    'change',
    'an installation reads one queue for all stores: name the same queue in all stores, or only in --events-queue-url',
  ),
  EventsQueueMissing: entry(
    'change',
    'no queue is read for this store: set events.sqs.queueUrl here, on a ClusterSecretStore or with --events-queue-url',
  ),
  EventsIncomplete: entry(
    'backoff',
    'refreshes found changes without an event: check the EventBridge rule (name filter, account, region) and the queue policy',
  ),
  TokenAudienceDenied: entry(
    'change',
    'use an audience of STS (serviceAccountRef.audiences, or the annotation eks.amazonaws.com/audience), or allow this one with serviceAccountTokens.audiences of the chart or --token-audiences',
  ),
  KeyNotAllowed: entry('change', 'use a key that spec.allowedKeys matches, or add a pattern to the store'),
  CostLimitExceeded: entry(
    'change',
    'use names in the path instead of searches (#(…), *, ?, @dig), or fewer properties in one ExternalSecret',
  ),
  EventsQueueNotAllowed: entry(
    'change',
    'secrets are refreshed at refreshInterval: name the queue in a ClusterSecretStore, or give the store spec.provider.aws.auth and start the operator with --allow-namespaced-queues',
  ),
  EventsQueueLimit: entry(
    'change',
    'secrets are refreshed at refreshInterval: let fewer SecretStores name a queue, or name one queue in a ClusterSecretStore for all stores',
  ),
  NotListed: entry('change', 'grant the operator list and watch of what the message names, or remove the namespace from --namespaces'),
  MemoryShareExceeded: entry(
    'change',
    'delete or shorten objects of this kind (in the same namespace if it has one), or raise the memory limit of the operator; work continues automatically',
  ),
  AssumeRoleRefused: entry(
    'backoff',
    'STS refused the request for a role as invalid: check the role, its session tags and external id, and that STS is active in the region',
  ),
  AWSQuotaExceeded: entry(
    'backoff',
    'a quota of AWS is reached for what the message names: remove what nobody uses, or ask AWS for a higher quota',
  ),
  RemoteSecretConflict: entry(
    'backoff',
    'another client writes this secret in AWS: find it in CloudTrail, and let only one of them write; the operator tries again automatically',
  ),
  ...restartFailureReasons,
  InternalError: entry('backoff', 'a bug in Keytender: please report it with the log lines of this resource'),
} as const satisfies Record<string, ReasonEntry>;

export type FailureReason = keyof typeof failureReasons;
export type StateReason = keyof typeof stateReasons;
export type Reason = FailureReason | StateReason;

/** Whether a text is a reason of this catalogue. A status can have other reasons, because other clients can write it. */
export function isFailureReason(text: string): text is FailureReason {
  return Object.hasOwn(failureReasons, text);
}

export function isReason(text: string): text is Reason {
  return Object.hasOwn(failureReasons, text) || Object.hasOwn(stateReasons, text);
}
