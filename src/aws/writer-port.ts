/**
 * What may be written to AWS Secrets Manager. A write is sent once, because only a caller that has observed AWS again knows whether to repeat it. Each write may
 * be repeated with the same arguments; the methods say what the answer is then. A write waits up to five seconds for the budget of its account, and is not
 * sent without the right to write.
 */
import type { Failure, Outcome } from '../failure/failure.ts';
import type { FailureFacts } from '../failure/failure-facts.ts';
import type { Ms } from '../base/time/clock.ts';
import type { Result } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { WriteRight } from '../base/write-right.ts';
import type { Identity } from './credentials/identity.ts';
import type { CallAttempts } from './port.ts';

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
export type StageMove = {
  readonly secretId: string;
  readonly stage: string;
} & (
  | {
      /** The version that gets it. */
      readonly to: string;
      /** The version that must hold it now; undefined: no version may. */
      readonly from: string | undefined;
    }
  /** Takes the stage off `from`; impossible for AWSCURRENT. */
  | { readonly to: undefined; readonly from: string }
);

/**
 * moved: AWS has made the move. seen: AWS has refused it, and DescribeSecret shows the stage where the move puts it. So the move was probably made before, but
 * another client may have moved the stage since: read by version id or ask again before anything depends on it.
 */
export type MovedStage = 'moved' | 'seen';

/** DescribeSecret, which may lag behind a write for up to a minute. It explains, and proves nothing. */
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

/** What was to be written where, for messages. */
export type WriteRequest = Required<Pick<FailureFacts, 'service' | 'region' | 'operation' | 'resource'>>;

/** `failureOfWrite` (aws/client/write-failure.ts) gives reason and message. `mayBeWritten`: it is not known; observe AWS before anything else. */
export type WriteFailure = { readonly request: WriteRequest } & (
  | { readonly kind: 'exists'; readonly what: 'version-exists' | 'secret-exists'; readonly mayBeWritten: false }
  /** AWS has refused the move, and DescribeSecret shows the stage elsewhere: at `holder`, or at no version. */
  | { readonly kind: 'stage-moved'; readonly move: StageMove; readonly holder: string | undefined; readonly mayBeWritten: false }
  /** AWS has refused the move, and DescribeSecret does not show why: it lags, or it has failed (`notDescribed`). To be tried again. */
  | { readonly kind: 'stage-unknown'; readonly move: StageMove; readonly notDescribed?: Failure; readonly mayBeWritten: false }
  | { readonly kind: 'not-leader'; readonly mayBeWritten: boolean }
  | { readonly kind: 'over-budget'; readonly retryAfterMs: Ms; readonly mayBeWritten: false }
  /** As many stages, versions, tags or secrets as AWS allows (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
  | { readonly kind: 'quota'; readonly failure: Failure; readonly mayBeWritten: false }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly mayBeWritten: boolean }
);

export type WriteResult<T> = Result<T, WriteFailure>;

export interface SecretWriter {
  /** Repeated: AWS answers as the first time, but moves no stage. */
  putVersion(caller: WriteCaller, version: NewVersion, signal: AbortSignal): Promise<WriteResult<StoredVersion>>;
  /** AWS compares and swaps; its answer decides. Repeated: AWS refuses it, and what DescribeSecret shows is the result. */
  moveStage(caller: WriteCaller, move: StageMove, signal: AbortSignal): Promise<WriteResult<MovedStage>>;
  /** Needs neither the right to write nor a budget of writes; it counts as a read. */
  describe(identity: Identity, secretId: string, signal: AbortSignal): Promise<Outcome<SecretDescription>>;
  tag(caller: WriteCaller, secretId: string, tags: ReadonlyMap<string, string>, signal: AbortSignal): Promise<WriteResult<void>>;
  untag(caller: WriteCaller, secretId: string, keys: readonly string[], signal: AbortSignal): Promise<WriteResult<void>>;
  /** Repeated: AWS answers as the first time. */
  create(caller: WriteCaller, secret: NewSecret, signal: AbortSignal): Promise<WriteResult<{ readonly arn: string }>>;
  /**
   * Marks it for deletion; it can be restored for `recoveryDays`, 7 to 30. `goneAt`: the end of that time, ISO 8601. Repeated, or marked by another client: AWS
   * refuses it, and it succeeds without `goneAt` once DescribeSecret shows the mark.
   */
  delete(
    caller: WriteCaller,
    secretId: string,
    recoveryDays: number,
    signal: AbortSignal,
  ): Promise<WriteResult<{ readonly goneAt?: string }>>;
}

export interface WriteBudget {
  /**
   * Waits for the turn of the write, a few seconds at most. 0: it may be sent now, and is counted. Else in how many milliseconds it is worth to ask again.
   * Rejects when `signal` aborts.
   */
  take(caller: WriteCaller, signal: AbortSignal): Promise<Ms>;
  /** A write that was counted was not sent. */
  giveBack(caller: WriteCaller): void;
  /** A write that was counted, and sent at `madeAt` (monotonic), has ended. */
  tried(caller: WriteCaller, attempts: CallAttempts, madeAt: number): void;
  /** DescribeSecret, which was sent at `madeAt` and waited for nothing, has ended. */
  described(identity: Identity, attempts: CallAttempts, madeAt: number): void;
}

export interface WriteGuards {
  readonly right: WriteRight;
  readonly budget: WriteBudget;
}
