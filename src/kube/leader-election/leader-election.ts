/** Runs work in one process at a time: acquires the Lease, renews it while the work runs, and releases it after the work. */
import { abortReason } from '../../base/abort.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { WriteLease } from './fence.ts';
import { type LeaseAttempt, LeaseHolder, type LeaseIdentity, type LeaseTiming, leaseTiming } from './lease-holder.ts';
import type { KubeFailure } from '../port.ts';

export interface LeaderElectionOptions extends Omit<LeaseIdentity, 'timing'> {
  readonly clock: Clock;
  readonly timing?: LeaseTiming;
  /** Stops the work. The lease is renewed until the work has ended, and then released. */
  readonly signal: AbortSignal;
  /** The work. Its signal aborts with `signal`, or when the Lease is lost. Every write goes through `fenced(writer, lease)`. */
  readonly onStartedLeading: (leaderSignal: AbortSignal, lease: WriteLease) => Promise<void>;
  /** For logs and metrics: an attempt failed; another one follows. */
  readonly onFailure?: (failure: KubeFailure) => void;
  /** For logs and metrics: the holder of the lease has changed. */
  readonly onHolder?: (identity: string) => void;
}

/**
 * stopped: `signal` aborted. lost: another process leads or may lead soon; this process should exit, so that it keeps no old state. ended:
 * the work has ended.
 */
export type LeaderElectionEnd = 'stopped' | 'lost' | 'ended';

/** Resolves when all work has ended and the lease is released. Rejects with the error of the work. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<LeaderElectionEnd> {
  const holder = new LeaseHolder({ ...options, timing: options.timing ?? leaseTiming });
  if (!(await acquire(options, holder))) return 'stopped';
  return lead(options, holder);
}

/** Up to a fifth longer, so that candidates that started together do not send requests together. */
const JITTER = 0.2;

/**
 * True when the Lease is held, false if `signal` aborted first. An aborted attempt may have reached the API server; then that record
 * expires.
 */
async function acquire(options: LeaderElectionOptions, holder: LeaseHolder): Promise<boolean> {
  const { clock, signal, timing = leaseTiming } = options;
  const reportLeader = leaderReporter(options);
  try {
    while (!signal.aborted) {
      const attempt = await tryOnce(options, holder, signal, timing.renewDeadline);
      reportLeader(attempt);
      if (attempt?.kind === 'held') return true;
      await clock.sleep(pauseAfter(attempt, timing), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

/** Calls `onHolder` when an attempt shows another leader than the attempt before. */
function leaderReporter({ identity, onHolder }: LeaderElectionOptions): (attempt: LeaseAttempt | undefined) => void {
  let known: string | undefined;
  return (attempt) => {
    const leader = attempt?.kind === 'held' ? identity : attempt?.kind === 'other' ? attempt.holder : known;
    if (leader !== undefined && leader !== known) onHolder?.(leader);
    known = leader;
  };
}

/** The time until the next attempt. Shorter than the retry period if the Lease of the leader expires earlier. */
function pauseAfter(attempt: LeaseAttempt | undefined, { retryPeriod }: LeaseTiming): Ms {
  const pause = retryPeriod * (1 + JITTER * Math.random());
  return ms(attempt?.kind === 'other' ? Math.min(pause, attempt.duration) : pause);
}

/** The result of one attempt. Undefined for a failure, which is reported. */
async function tryOnce(
  { onFailure }: LeaderElectionOptions,
  holder: LeaseHolder,
  signal: AbortSignal,
  limit: number,
): Promise<LeaseAttempt | undefined> {
  const attempt = await holder.attempt(signal, ms(limit));
  if (attempt.ok) return attempt.value;
  onFailure?.(attempt.failure);
  return undefined;
}

async function lead(options: LeaderElectionOptions, holder: LeaseHolder): Promise<LeaderElectionEnd> {
  const { signal, onStartedLeading } = options;
  const leader = new AbortController();
  const workEnded = new AbortController();
  const stop = (): void => leader.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const work = start(() => onStartedLeading(leader.signal, holder)).finally(() => workEnded.abort());
  try {
    const lost = await renewUntil(options, holder, workEnded.signal);
    if (lost) leader.abort(abortReason('the lease is lost'));
    await work;
    return lost ? 'lost' : signal.aborted ? 'stopped' : 'ended';
  } finally {
    signal.removeEventListener('abort', stop);
    await release(options, holder);
  }
}

/** Makes work that throws synchronously reject instead. */
async function start(work: () => Promise<void>): Promise<void> {
  await work();
}

/** True if the Lease is lost, false when the work has ended. The Lease is also renewed while a stopped leader finishes its work. */
async function renewUntil(options: LeaderElectionOptions, holder: LeaseHolder, workEnded: AbortSignal): Promise<boolean> {
  const { clock, timing = leaseTiming } = options;
  try {
    while (!workEnded.aborted) {
      const left = holder.deadline - clock.monotonic();
      await clock.sleep(ms(Math.min(timing.retryPeriod, Math.max(left, 0))), workEnded);
      const attempt = await tryOnce(options, holder, workEnded, holder.deadline - clock.monotonic());
      if (attempt?.kind === 'other' || clock.monotonic() >= holder.deadline) {
        holder.forfeit();
        return true;
      }
    }
  } catch (error) {
    if (!workEnded.aborted) throw error;
  }
  return false;
}

/** Without the signal of the caller, which usually has aborted. The release has its own time limit. */
async function release({ onFailure }: LeaderElectionOptions, holder: LeaseHolder): Promise<void> {
  const released = await holder.release(new AbortController().signal);
  if (!released.ok) onFailure?.(released.failure);
}
