/** What people are told about writes to Secrets Manager that failed. Wordings that fit reads and writes are in aws-messages.ts. Pure. */
import type { FailureFacts, Problem } from '../failure/failure-facts.ts';
import { failureReasons, type FailureReason } from '../failure/reasons.ts';
import { say, type Piece } from './fit.ts';
import type { ReaderContext } from './reader.ts';
import { QUOTA_ACTION } from './refused.ts';
import type { Message, Wording, Wordings } from './wording.ts';
import { identityWords, quoted, resourceWords, placeholderOf } from './words.ts';

interface Advice {
  /** AWS refuses the request. */
  readonly refused: string;
  /** It would exceed a quota: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
  readonly quota: string;
  /** The secret is marked for deletion. */
  readonly deleted: string;
}

const TAGS = 'a secret has at most 50 tags, and none of their keys begins with aws:';
const RESTORE = 'restore it with RestoreSecret, or write to another secret';
const MANAGED = 'that no other AWS service manages the secret';

/** What to do about each write. */
const ADVICE = {
  PutSecretValue: {
    refused: `check the names of the stages, and ${MANAGED}`,
    quota: 'take stages off old versions: a secret has at most 20 stages and 100 versions, besides those of the last 24 hours',
    deleted: RESTORE,
  },
  UpdateSecretVersionStage: {
    refused: `check the name of the stage, and ${MANAGED}`,
    quota: 'take stages off old versions: a secret has at most 20 stages',
    deleted: RESTORE,
  },
  TagResource: { refused: `check the tags: ${TAGS}`, quota: `remove tags: ${TAGS}`, deleted: RESTORE },
  UntagResource: { refused: `check the tags: ${TAGS}`, quota: `remove tags: ${TAGS}`, deleted: RESTORE },
  CreateSecret: {
    refused: 'check name, tags and KMS key of the new secret',
    quota: 'delete secrets that nobody uses, or ask AWS for a higher quota',
    deleted: 'restore it with RestoreSecret, or choose another name',
  },
  DeleteSecret: {
    refused: `check that the secret has no replicas, and ${MANAGED}`,
    quota: QUOTA_ACTION,
    deleted: 'the operator tries again automatically until DescribeSecret shows it',
  },
} as const satisfies Record<string, Advice>;

/** These encrypt a value with the KMS key of the secret. */
const ENCRYPTING: ReadonlySet<string> = new Set(['PutSecretValue', 'CreateSecret']);
const KEY_ACTIONS = 'kms:GenerateDataKey and kms:Decrypt';
const AUTOMATICALLY = 'the operator tries again automatically';

const writeMessages: Wordings = {
  RemoteSecretNotFound: ({ resource, region }) => ({
    said: say`${resourceWords(resource)} was not found in ${region ?? 'AWS'}`,
    action: 'check its name or ARN, and the region of the store; AWS gives the same answer if the version does not exist',
  }),
  RemoteSecretMarkedForDeletion: (facts) => ({
    said: say`${resourceWords(facts.resource)} is marked for deletion in ${facts.region ?? 'AWS'}`,
    action: adviceOn(facts)?.deleted ?? RESTORE,
  }),
  KMSFailure: keyFailure,
  AWSRequestRefused: refused,
  AWSQuotaExceeded: ({ region, ...facts }) => ({
    said: say`${subjectWords(facts)} would exceed a quota of Secrets Manager in ${region ?? 'AWS'}`,
    action: adviceOn(facts)?.quota ?? QUOTA_ACTION,
  }),
  RemoteSecretConflict: conflict,
  KubernetesUnavailable: (facts) => ({
    said: say`${subjectWords(facts)} ${facts.problem === 'lease-lost-in-flight' ? 'was cancelled before AWS answered' : NOT_SENT}: this process no longer holds the Lease`,
    action: 'the process that holds the Lease continues',
  }),
};

/** Throttling by AWS is worded as for reads. */
const writeLimit: Wording = ({ region, ...facts }) => ({
  said: say`${subjectWords(facts)} ${NOT_SENT}: Keytender's limit of writes to the account in ${region ?? 'AWS'} is reached`,
  action: AUTOMATICALLY,
});

const NOT_SENT = 'was not sent';

/** The wording of a failed write; undefined for all other failures, and where the words for reads fit. */
export function writeMessage(reason: FailureReason, facts: FailureFacts): Wording | undefined {
  if (adviceOn(facts) === undefined) return undefined;
  return facts.problem === 'write-limit' ? writeLimit : writeMessages[reason];
}

function adviceOn({ operation = '' }: FailureFacts): Advice | undefined {
  return Object.hasOwn(ADVICE, operation) ? ADVICE[operation as keyof typeof ADVICE] : undefined;
}

/** `PutSecretValue for secret "db"` */
function subjectWords({ operation = 'the write', resource }: FailureFacts): readonly Piece[] {
  return say`${operation} for ${resourceWords(resource)}`;
}

function keyFailure(facts: FailureFacts, view: ReaderContext): Message {
  const { operation = '', resource, identity, problem } = facts;
  if (!ENCRYPTING.has(operation)) {
    return {
      said: say`${subjectWords(facts)} needs its KMS key, which ${identityWords(identity, view)} cannot use`,
      action: 'check that the key is enabled, and that the identity may use it',
    };
  }
  return {
    said: say`${resourceWords(resource)} could not be encrypted for ${identityWords(identity, view)}`,
    action:
      problem === 'key-denied'
        ? `allow ${KEY_ACTIONS} on its KMS key, in a policy of the identity and in the policy of the key`
        : `check that its KMS key is enabled and that the identity may call ${KEY_ACTIONS} with it`,
  };
}

/** Why a write is wrong, where it is known, and what to do. */
const WRONG: Partial<Readonly<Record<Problem, readonly [why: string, action: string]>>> = {
  'empty-value': [`${NOT_SENT}: the value is empty`, 'a value has 1 to 65,536 bytes'],
  'large-value': [`${NOT_SENT}: the value is too large`, 'a value has 1 to 65,536 bytes'],
  'value-not-text': [`${NOT_SENT}: the value is not UTF-8`, 'write it as binary'],
  'recovery-window': [`${NOT_SENT}: its recovery window is wrong`, 'a recovery window has 7 to 30 days'],
  'current-stage': [`${NOT_SENT}: AWSCURRENT cannot be taken off a secret`, 'move it to another version'],
  replica: ['was refused: the secret is a replica', 'write to it in its primary region'],
};

function refused(facts: FailureFacts): Message {
  const known = facts.problem === undefined ? undefined : WRONG[facts.problem];
  if (known !== undefined) return { said: say`${subjectWords(facts)} ${known[0]}`, action: known[1] };
  return {
    said: say`${subjectWords(facts)} in ${facts.region ?? 'AWS'} was refused as invalid (${facts.code ?? 'no code'})`,
    action: adviceOn(facts)?.refused ?? failureReasons.AWSRequestRefused.hint,
  };
}

function conflict(facts: FailureFacts): Message {
  const { problem, resource, stage } = facts;
  if (problem === 'version-exists') {
    return { said: say`${resourceWords(resource)} has another value already`, action: 'find in CloudTrail who has written it' };
  }
  if (problem === 'secret-exists') {
    return { said: say`${resourceWords(resource)} exists already`, action: 'choose another name, or delete the secret that has it' };
  }
  if (problem !== 'stage-moved') return unknownStage(facts);
  const named = say`stage ${quoted('resource', stage?.name ?? '')} of ${resourceWords(resource)}`;
  return {
    said: say`${named} is at ${versionWords(stage?.holder)}, not at ${versionWords(stage?.from)}`,
    action: `another client has moved it: find in CloudTrail which one; ${AUTOMATICALLY}`,
  };
}

function unknownStage(facts: FailureFacts): Message {
  const isDenied = facts.problem === 'stage-not-seen';
  return {
    said: say`AWS refuses to ${moveWords(facts)}, and DescribeSecret ${isDenied ? 'is denied' : 'does not show why'}`,
    action: isDenied
      ? `allow secretsmanager:DescribeSecret to the identity; ${AUTOMATICALLY}`
      : `${AUTOMATICALLY}, because DescribeSecret may be a minute late`,
  };
}

/** `move stage "AWSCURRENT" of secret "db" from version 1 to version 2` */
function moveWords({ stage, resource }: FailureFacts): readonly Piece[] {
  const named = say`stage ${quoted('resource', stage?.name ?? '')} of ${resourceWords(resource)}`;
  if (stage?.to === undefined) return say`take ${named} off ${versionWords(stage?.from)}`;
  if (stage.from === undefined) return say`give ${named} to ${versionWords(stage.to)}`;
  return say`move ${named} from ${versionWords(stage.from)} to ${versionWords(stage.to)}`;
}

function versionWords(id: string | undefined): readonly Piece[] {
  return id === undefined ? ['no version'] : ['version ', placeholderOf('resource', id)];
}
