/** The steps after the write of the target: delete the Secret with the former name, and restart the consumers. */
import type { ExternalSecretContext } from './context.ts';
import { restartStep } from './restart-step.ts';
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
  const restarted = await withRestarts(result, subject, context, signal);
  return leftover === undefined ? restarted : { ...restarted, failure: leftover };
}

/** Consumers are restarted for the content in the record. */
async function withRestarts(
  result: SyncResult,
  subject: Subject,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<SyncResult> {
  const record = result.findings.secret?.record;
  if (record === undefined) return result;
  const step = await restartStep(subject, record, context, signal);
  const failure = step.failure ?? result.failure;
  const restarts = step.findings === undefined ? {} : { restarts: step.findings };
  return { ...result, findings: { ...result.findings, ...restarts }, ...(failure === undefined ? {} : { failure }) };
}
