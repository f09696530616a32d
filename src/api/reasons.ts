/**
 * The catalogue of condition reasons. Append-only: a reason, once released, keeps its name and meaning, because alerts and scripts match it.
 * `retry` says what the operator does by itself; `hint` what a person does. Both are shown to users, one by one, in the reference.
 */

/** now: again at once; backoff: again with growing delays; change: only when something it depends on changes (it's watched). */
export type Retry = 'now' | 'backoff' | 'change';

export interface ReasonEntry {
  readonly retry: Retry;
  readonly hint: string;
}

function entry(retry: Retry, hint: string): ReasonEntry {
  return { retry, hint };
}

/** Reasons of success or of rest. */
export const settledReasons = {
  SecretSynced: entry('change', 'the Secret holds the current values'),
  Validated: entry('change', 'every reference resolves; nothing is written because creationPolicy is None'),
  Suspended: entry('change', 'set spec.suspend to false to resume'),
  StoreValid: entry('change', 'the store can be used'),
  AWSAvailable: entry('change', 'AWS answers again'),
  BatchReadsGranted: entry('change', 'up to twenty secrets are read with one call again'),
  ListGranted: entry('change', 'lists tell again which secrets have changed'),
  EventsReceived: entry('change', 'changes in AWS are told by the queue and show within seconds'),
  RestartsDone: entry('change', 'every target has been rolled for the current content'),
  RestartsNotNeeded: entry('change', 'the content has not changed since the targets started'),
  RestartsBlocked: entry(
    'change',
    'old pods of a target still run: resume the paused Deployment, delete the pods (OnDelete), or lower the partition',
  ),
  RestartsDisabled: entry('change', 'the operator runs with --restart=false, so that it reads no workloads and restarts none'),
  ChangePending: entry(
    'change',
    'AWS holds another version, which the refresh policy keeps back: change the specification or set the annotation keytender.dev/force-sync',
  ),
  ForceSyncDelayed: entry(
    'change',
    'the sync is made by itself as soon as it may be: set keytender.dev/force-sync less often, or mend what keeps AWS from being asked',
  ),
  ReadsDelayed: entry(
    'change',
    'the secrets are read by themselves in a while: change fewer ExternalSecrets of the namespace at a time, or let them name fewer secrets',
  ),
} as const satisfies Record<string, ReasonEntry>;

export const failureReasons = {
  InvalidSpec: entry('change', 'correct the field that the message names'),
  StoreNotFound: entry('change', 'create the store or correct spec.secretStoreRef'),
  StoreNotReady: entry('change', 'look at the conditions of the store'),
  StoreNamespaceDenied: entry('change', 'add the namespace to spec.conditions of the ClusterSecretStore or use another store'),
  OperatorIdentityDenied: entry(
    'change',
    'give the store spec.provider.aws.auth, or start the operator with --allow-operator-identity if tenants may use its identity',
  ),
  CredentialsMissing: entry('change', 'create or correct the Secret or ServiceAccount that the message names'),
  CredentialsInvalid: entry('backoff', 'AWS does not know these credentials: renew the access key or the role trust'),
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
    'check key, prefix and region; AWS also answers so for a version, stage or label that does not exist',
  ),
  RemoteSecretMarkedForDeletion: entry(
    'backoff',
    'restore it with RestoreSecret or refer to another secret; the Secret keeps its last values',
  ),
  KMSFailure: entry('backoff', 'check that the KMS key of the secret is enabled and that the identity may use it'),
  Throttled: entry('backoff', 'AWS, or a limit of Keytender that the message names, holds back calls; they are made again by themselves'),
  ClockSkew: entry('backoff', "set the node's clock: AWS refuses signatures that are more than five minutes off"),
  AWSUnavailable: entry('backoff', 'AWS did not answer; check endpoint, proxy and network policy if it lasts'),
  AWSRequestRefused: entry('change', 'AWS refused the request as wrong; check key and version of the entry'),
  PropertyNotFound: entry(
    'change',
    String.raw`check remoteRef.property against the JSON value; it is a path of gjson: within a longer path a dot in a name is written \., and * ? # | are special`,
  ),
  InvalidJSON: entry('change', 'the value must be a JSON object to take a property from it or to extract it'),
  InvalidEncoding: entry('change', 'the value is not in the encoding that decodingStrategy asks for'),
  InvalidSecretKey: entry('change', 'a key of a Secret may hold letters, digits, "-", "_" and "." only, 253 at most'),
  DuplicateSecretKey: entry('change', 'two entries give the same key: rename one or take it out'),
  SecretTooLarge: entry('change', 'take fewer or smaller values, or split it over several ExternalSecrets'),
  TargetNotOwned: entry('change', 'choose another target.name, delete that Secret, or use creationPolicy Merge'),
  TargetOwnedByOther: entry('change', 'two ExternalSecrets name one target: give each its own, or use creationPolicy Merge'),
  TargetMissing: entry('change', 'creationPolicy Merge writes into a Secret that exists: create it, or use Owner'),
  TargetImmutable: entry('change', 'the Secret is immutable: set target.recreate, or delete it'),
  TargetTypeChanged: entry('change', 'the type of a Secret cannot be changed in place: set target.recreate, or delete it'),
  TargetReserved: entry('change', 'this Secret name or type is reserved: choose another'),
  MergeKeyConflict: entry('change', 'another ExternalSecret writes this key of the target: let only one of them write it'),
  Forbidden: entry('backoff', 'grant the operator the permission that the message names (RBAC, or the namespaces it is scoped to)'),
  QuotaExceeded: entry('backoff', 'raise the ResourceQuota of the namespace or delete Secrets'),
  AdmissionDenied: entry('backoff', 'the policy or webhook that the message names refuses it: change its rule, or exempt Keytender'),
  NamespaceTerminating: entry('change', 'the namespace is being deleted'),
  Conflict: entry('now', 'somebody else wrote at the same time; it is tried again at once'),
  MutatedByAdmission: entry('backoff', 'a mutating webhook changes the data of Secrets as they are written: exempt this Secret from it'),
  DriftFight: entry('backoff', 'somebody else keeps changing this Secret: find the writer in its managedFields'),
  KubernetesUnavailable: entry('backoff', 'the API server did not answer; it is tried again'),
  RestartTargetNotFound: entry('change', 'create the workload or correct spec.restart.targets'),
  RestartFailed: entry('backoff', 'the workload could not be patched; the message says why'),
  BatchReadsDenied: entry(
    'backoff',
    'secrets are read one by one, which costs more calls: allow secretsmanager:BatchGetSecretValue on "*" (for parameters: ssm:GetParameters) to the identity of the store',
  ),
  ListDenied: entry(
    'backoff',
    'secrets are read in each interval, which costs more calls: allow secretsmanager:ListSecrets on "*" to the identity of the store, or take out spec.changeDetection',
  ),
  EventsQueueFailing: entry(
    'backoff',
    'the queue cannot be read, so that polling goes on at refreshInterval: check its URL and allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility',
  ),
  EventsQueueConflict: entry(
    'change',
    'an installation reads one queue for all: name the same one everywhere, or name it with --events-queue-url only',
  ),
  EventsQueueMissing: entry(
    'change',
    'no queue is read for this store: set events.sqs.queueUrl here, on a ClusterSecretStore or with --events-queue-url',
  ),
  EventsIncomplete: entry(
    'backoff',
    'polls found changes that no event had told: check the EventBridge rule (name filter, account, region) and the queue policy',
  ),
  TokenAudienceDenied: entry(
    'change',
    'use an audience of STS (serviceAccountRef.audiences, or the annotation eks.amazonaws.com/audience), or allow this one: serviceAccountTokens.audiences of the chart, else --token-audiences',
  ),
  KeyNotAllowed: entry('change', 'use a key that spec.allowedKeys matches, or add a pattern to the store'),
  CostLimitExceeded: entry(
    'change',
    'name members instead of searching (#(…), *, ?, @dig), or take fewer properties in one ExternalSecret',
  ),
  EventsQueueNotAllowed: entry('change', 'until then the store is polled at refreshInterval'),
  EventsQueueLimit: entry('change', 'name fewer queues, or put the queue on a ClusterSecretStore for all'),
  NotListed: entry(
    'change',
    'grant it list and watch of them there, or take the namespace out of its --namespaces; nothing is changed until then',
  ),
  MemoryShareExceeded: entry(
    'change',
    "Secrets stay as they are: take objects or entries out of the namespace, or raise the operator's memory limit; it goes on by itself",
  ),
  InternalError: entry('backoff', 'a defect of Keytender: please report it with the log lines of this resource'),
} as const satisfies Record<string, ReasonEntry>;

export type FailureReason = keyof typeof failureReasons;
export type SettledReason = keyof typeof settledReasons;
export type Reason = FailureReason | SettledReason;

/** Whether a text, such as the reason in a status that others than the operator may have written, is a reason of this catalogue. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(failureReasons, text) || Object.hasOwn(settledReasons, text);
}
