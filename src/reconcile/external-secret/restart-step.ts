/** The step from Secret to consumers. */
import type { Failure } from '../../api/failure.ts';
import type { WriteRecord } from '../../apply/port.ts';
import { markerName } from '../../restart/marker.ts';
import { restartTargets } from '../../restart/restart-targets.ts';
import type { Findings } from '../../status/external-secret-status.ts';
import type { ExternalSecretContext } from './context.ts';
import type { Subject } from './subject.ts';

export interface RestartStep {
  readonly findings: NonNullable<Findings['restarts']>;
  /** The one that decides when it's tried again. */
  readonly failure?: Failure;
}

export async function restartStep(
  subject: Subject,
  record: WriteRecord,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<RestartStep> {
  const targets = subject.spec.restart?.targets ?? [];
  const facts = {
    markerName: markerName(subject.secretName, subject.policy === 'Merge' ? subject.resource.metadata.name : undefined),
    content: record.content,
    ...(record.changedAt === undefined ? {} : { changedAt: record.changedAt }),
  };
  const before = subject.resource.status?.restarts ?? [];
  const now = new Date(context.clock.now()).toISOString();
  const { client, workloads } = context;
  const outcome = await restartTargets(subject.namespace, targets, facts, before, { client, workloads, now, signal });
  for (const { kind, state } of outcome.statuses) if (state === 'Failed') context.metrics.restarted(kind, 'failed');
  for (const { kind, name } of outcome.restarted) {
    context.metrics.restarted(kind, 'restarted');
    const note = `${kind} ${JSON.stringify(name)} is rolled for the new content of Secret ${JSON.stringify(subject.secretName)}`;
    context.events.record({ regarding: subject.resource, type: 'Normal', reason: 'Restarted', note, action: 'Restart' });
    context.logger.info(
      { namespace: subject.namespace, name: subject.resource.metadata.name, workload: `${kind}/${name}` },
      'workload restarted',
    );
  }
  // A conflict passes by itself at once; what remains is what the user has to know.
  const lasting = outcome.failures.find(({ reason }) => reason !== 'Conflict');
  const [first] = outcome.failures;
  const retried = outcome.failures.find(({ reason }) => reason !== 'RestartTargetNotFound') ?? first;
  return {
    findings: { statuses: outcome.statuses, ...(lasting === undefined ? {} : { failure: lasting }) },
    ...(retried === undefined ? {} : { failure: retried }),
  };
}
