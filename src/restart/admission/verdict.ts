/** The answers to a workload that is due. Types only. */
import type { Ms } from '../../base/time/clock.ts';

/** Why a due workload is not restarted now. Never rename one: they are in statuses. */
export const waitReasons = [
  /** More changes may come, or kubelet may still serve the former value. */
  'Settling',
  /** Least time between two restarts of a workload: of the policy, or of the installation. */
  'MinInterval',
  /** Its source changed more than six times in an hour. */
  'SourceFlapping',
  'WindowClosed',
  /** Windows of several policies have no common opening in 366 days. */
  'WindowsNeverMeet',
  /** Workloads of an earlier wave are not done. */
  'EarlierWave',
  /** An earlier wave is done, but must stay healthy for some time. */
  'Soaking',
  /** No workload of an earlier wave shows that the content works. */
  'NoHealthyCanary',
  /** More workloads than allowed failed with this content. */
  'Halted',
  'MaxConcurrent',
  'NamespaceLimit',
  'InstallationLimit',
  'Suspended',
  'DryRun',
  /** After a start, or with new content: not every workload was looked at. */
  'NotAllObserved',
] as const;

export type WaitReason = (typeof waitReasons)[number];

/** What holds a workload. */
export interface Hold {
  readonly reason: WaitReason;
  /** Whose policy it is. '': the installation. */
  readonly group: string;
  /** Wall clock: when it may go, as far as this reason goes. Absent: when others are done, or when somebody changes something. */
  readonly until?: Ms;
  /** A name or a number in the sentence. */
  readonly subject?: string | number;
}

export interface Wait extends Hold {
  readonly kind: 'wait';
  /** For people, at most 300 characters. */
  readonly detail: string;
  /** Its policies order waves in opposed ways, so it comes by name. */
  readonly wavesConflict: boolean;
}

export interface Go {
  readonly kind: 'now';
  /** The wave of the first group that has waves. */
  readonly wave?: string;
  /** The groups that had a say. The others that are due were suspended, halted or held by a wave. */
  readonly groups: readonly string[];
  readonly wavesConflict: boolean;
}

export type Verdict = Go | Wait;

/** What is known of a workload that asks for a restart. Times are those of the wall clock. */
export interface AdmissionFacts {
  readonly lastPatchedAt?: Ms;
  /** The first change that its pods lack. */
  readonly dueSince: Ms;
  /** Whether it is healthy now; of one that still rolls, whether it was before. Else it rolls in the first step that it may, holds no place, and is not a failure. */
  readonly healthyBefore: boolean;
  /** Not earlier: 2 s after the last write of a source was acknowledged. */
  readonly notBefore?: Ms;
  /** Least time between two restarts that the workload itself asks for. */
  readonly minInterval?: Ms;
  /** The annotation restart-now has a new value: windows and intervals of policies do not count, health gates do. */
  readonly restartNow?: boolean;
}
