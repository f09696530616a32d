/** The steps after the write of the target: delete the Secret with the former name, and look at the consumers. */
import type { ExternalSecretContext } from './context.ts';
import { findRollouts } from './restarts/find-rollouts.ts';
import type { Subject } from './subject.ts';
import type { SyncResult } from './sync-result.ts';
import { removeRenamed } from './target/write-target.ts';

/** The target was written by this reconcile, or by an earlier one that ended before these steps. */
export async function finish(
  result: SyncResult,
  subject: Subject,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<SyncResult> {
  const leftover = subject.policy === 'None' ? undefined : await removeRenamed(subject, context, signal);
  const restarted = await withRollouts(result, subject, context, signal);
  return leftover === undefined ? restarted : { ...restarted, failure: leftover };
}

/** The controllers of workloads restart the consumers for the content in the record. */
async function withRollouts(
  result: SyncResult,
  subject: Subject,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<SyncResult> {
  if (result.findings.secret?.record === undefined) return result;
  const step = await findRollouts(subject, context, signal);
  const failure = step.failure ?? result.failure;
  const rollouts = step.findings === undefined ? {} : { rollouts: step.findings };
  return { ...result, findings: { ...result.findings, ...rollouts }, ...(failure === undefined ? {} : { failure }) };
}
