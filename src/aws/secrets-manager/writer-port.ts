/**
 * What may be written to AWS Secrets Manager. A write is sent once: only a caller that has observed AWS again knows whether to repeat it. Every write may be
 * repeated with the same arguments. It is not sent without the Lease, nor when the account's budget of writes is used up.
 */
import type { Failure, Outcome } from '../../api/failure.ts';
import type { Ms } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import type { Identity } from '../credentials/identity.ts';
import type { CallAttempts } from '../port.ts';

/** Who writes, and for a resource of which namespace: while a budget is short, namespaces take turns. */
export interface WriteCaller {
  readonly identity: Identity;
  readonly namespace: string;
}

/** A value as AWS keeps it: 1 to 65,536 bytes. A text is UTF-8. */
export interface WrittenValue {
  readonly value: SecretValue;
  readonly format: 'text' | 'binary';
}

export interface NewVersion extends WrittenValue {
  /** Name or ARN. */
  readonly secretId: string;
  /** 32 to 64 characters; it becomes the version id. The same token with the same value is the same write. */
  readonly token: string;
  /**
   * At least one. AWS moves each of them here, whichever version has it, and the first version of a secret gets AWSCURRENT in any case. To win a stage
   * against others, put the version under a stage of one's own and move that stage with `moveStage`.
   */
  readonly stages: readonly [string, ...string[]];
}

export interface StoredVersion {
  readonly arn: string;
  readonly versionId: string;
  /** What the version holds now: a repeated write moves no stage. */
  readonly stages: readonly string[];
}

/** A compare-and-swap of one stage. AWSPREVIOUS follows AWSCURRENT by itself. */
export interface StageMove {
  readonly secretId: string;
  readonly stage: string;
  /** The version that gets it; undefined takes the stage off `from`, which AWS refuses for AWSCURRENT. */
  readonly to: string | undefined;
  /** The version that must hold it now; undefined: nobody may. */
  readonly from: string | undefined;
}

/** DescribeSecret, which may lag behind a write for some seconds. */
export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  /** Version id by stage. A version without a stage is not told. */
  readonly stages: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** AWS rotates it, by a Lambda function or by the service that owns it. */
  readonly isRotated: boolean;
  /** The AWS service that made it and manages it. */
  readonly owningService?: string;
  /** Regions that it is replicated to. */
  readonly replicas: readonly string[];
  /** Where it can be written, where this is a replica. */
  readonly primaryRegion?: string;
  /** ISO 8601; set while it is marked for deletion. */
  readonly deletedDate?: string;
}

export interface NewSecret extends WrittenValue {
  readonly name: string;
  readonly token: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly description?: string;
  readonly kmsKeyId?: string;
}

/** `mayBeWritten`: nobody knows; observe AWS before anything else. All messages are for people, and name no value; a failure is worded for its reader. */
export type WriteFailure =
  /** There is a version of this token, or a secret of this name, with another content. */
  | { readonly kind: 'exists'; readonly message: string; readonly mayBeWritten: false }
  /** Another version holds the stage than `from` said: `holder`, or none. */
  | { readonly kind: 'stage-moved'; readonly holder: string | undefined; readonly message: string; readonly mayBeWritten: false }
  | { readonly kind: 'not-leader'; readonly message: string; readonly mayBeWritten: boolean }
  | { readonly kind: 'over-budget'; readonly retryAfterMs: Ms; readonly message: string; readonly mayBeWritten: false }
  /** As many stages, versions, tags or secrets as AWS allows (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
  | { readonly kind: 'quota'; readonly message: string; readonly mayBeWritten: false }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly mayBeWritten: boolean };

export type WriteResult<T> = Result<T, WriteFailure>;

export interface SecretWriter {
  putVersion(caller: WriteCaller, version: NewVersion, signal: AbortSignal): Promise<WriteResult<StoredVersion>>;
  /** Succeeds also when the stage is at `to` already. */
  moveStage(caller: WriteCaller, move: StageMove, signal: AbortSignal): Promise<WriteResult<void>>;
  /** Needs neither the Lease nor a budget of writes. */
  describe(identity: Identity, secretId: string, signal: AbortSignal): Promise<Outcome<SecretDescription>>;
  tag(caller: WriteCaller, secretId: string, tags: ReadonlyMap<string, string>, signal: AbortSignal): Promise<WriteResult<void>>;
  untag(caller: WriteCaller, secretId: string, keys: readonly string[], signal: AbortSignal): Promise<WriteResult<void>>;
  create(caller: WriteCaller, secret: NewSecret, signal: AbortSignal): Promise<WriteResult<{ readonly arn: string }>>;
  /** Marks it for deletion; it can be restored for `recoveryDays`, 7 to 30. Gives the date on which it is gone, ISO 8601. */
  delete(
    caller: WriteCaller,
    secretId: string,
    recoveryDays: number,
    signal: AbortSignal,
  ): Promise<WriteResult<{ readonly goneAt: string }>>;
}

/** The right to write, as it stands now: kube/fence.ts has it of the Lease. */
export interface WriteRight {
  /** Milliseconds for which this process may still write; 0 or less: it may not. */
  remainingMs(): number;
}

export interface WriteBudget {
  /** 0: the write may be sent now, and is counted. Else in how many milliseconds it is worth to ask again. */
  take(caller: WriteCaller): Ms;
  /** A write that was counted was not sent. */
  giveBack(caller: WriteCaller): void;
  /** A write that was counted, and sent at `madeAt` (monotonic), has ended. */
  tried(caller: WriteCaller, attempts: CallAttempts, madeAt: number): void;
}
