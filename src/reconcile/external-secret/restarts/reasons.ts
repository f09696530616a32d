/** The reasons of the catalogue for what the restart engine says of a workload. Pure. */
import type { Reason } from '../../../failure/reasons.ts';
import type { WaitReason } from '../../../restart/admission/verdict.ts';
import type { Refusal } from '../../../restart/demand/demand.ts';
import type { BlockReason, RolloutFailure } from '../../../restart/rollout/health.ts';

const WAITS: Readonly<Record<WaitReason, Reason>> = {
  Settling: 'AwaitingSettle',
  MinInterval: 'AwaitingInterval',
  SourceFlapping: 'SourceFlapping',
  WindowClosed: 'AwaitingWindow',
  WindowsNeverMeet: 'WindowsNeverMeet',
  EarlierWave: 'AwaitingWave',
  Soaking: 'AwaitingWave',
  NoHealthyCanary: 'NoHealthyCanary',
  Halted: 'RolloutsHalted',
  MaxConcurrent: 'AwaitingSlot',
  NamespaceLimit: 'AwaitingSlot',
  InstallationLimit: 'AwaitingSlot',
  Suspended: 'RestartsSuspended',
  DryRun: 'RestartsDryRun',
  NotAllObserved: 'RolloutsPending',
};

const BLOCKS: Readonly<Record<BlockReason, Reason>> = {
  Paused: 'RolloutPaused',
  PausedByReloader: 'RolloutPaused',
  OnDelete: 'RolloutOnDelete',
  Partition: 'RolloutPartitioned',
  AwaitingPromotion: 'AwaitingPromotion',
};

const FAILURES: Readonly<Record<RolloutFailure | 'RolloutTimeout', Reason>> = {
  ProgressDeadlineExceeded: 'RolloutFailed',
  Degraded: 'RolloutFailed',
  RolloutTimeout: 'RolloutFailed',
};

const REFUSALS: Readonly<Record<Refusal | 'NoPods', Reason>> = {
  OptedOut: 'RestartOptedOut',
  LiveReload: 'LiveReload',
  ImagePull: 'ImagePullOnly',
  NotAnnotated: 'TargetNotAnnotated',
  NoPods: 'NoPods',
};

const ALL: Readonly<Record<string, Reason>> = { ...WAITS, ...BLOCKS, ...FAILURES, ...REFUSALS };

/** Reasons that are in the catalogue already stay. */
export function catalogueReason(reason: string): string {
  return Object.hasOwn(ALL, reason) ? (ALL[reason] ?? reason) : reason;
}
