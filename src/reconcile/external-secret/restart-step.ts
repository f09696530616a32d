/** The step from Secret to consumers. */
import type { Failure } from '../../api/failure.ts';
import { builtin } from '../../api/names.ts';
import type { SecretObject } from '../../api/object.ts';
import type { WriteRecord } from '../../apply/port.ts';
import { recordsOn } from '../../apply/record.ts';
import type { KubeResult } from '../../kube/port.ts';
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
  const { client, workloads, isRead, restarts: guard } = context;
  const confirm = confirmation(subject, record, context, signal);
  const restarting = { client, workloads, isRead, guard, confirm, now, signal };
  const outcome = await restartTargets(subject.namespace, targets, facts, before, restarting);
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

/**
 * What was written in this round is as it is. A record from the cache may be late (after a break of its watch, say), while the markers are not:
 * a restart for what it says would take back a newer one. One read for all targets, and only if one is to be restarted.
 */
function confirmation(
  subject: Subject,
  record: WriteRecord,
  context: ExternalSecretContext,
  signal: AbortSignal,
): () => Promise<KubeResult<boolean>> {
  if (record !== subject.held?.record) return async () => Promise.resolve({ ok: true, value: true });
  let asked: Promise<KubeResult<boolean>> | undefined;
  const ask = async (): Promise<KubeResult<boolean>> => {
    const { namespace, secretName: name, resource } = subject;
    const live = await context.client.get<SecretObject>(builtin.secret, { namespace, name }, signal);
    if (!live.ok) return live;
    return { ok: true, value: recordsOn(live.value.metadata.annotations).get(resource.metadata.uid)?.content === record.content };
  };
  return async () => (asked ??= ask());
}
