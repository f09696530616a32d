/** Restarts the targets that do not have the content of the Secret. */
import type { ConditionWords } from '../../api/condition-words.ts';
import { namedTargets, type RestartTarget } from '../../api/schema/external-secret.ts';
import type { RestartStatus } from '../../api/schema/restart-status.ts';
import type { Failure } from '../../failure/failure.ts';
import { builtin } from '../../api/object/builtin-types.ts';
import type { SecretObject } from '../../api/object/object.ts';
import type { WriteRecord } from '../../apply/port.ts';
import { recordsOn } from '../../apply/record.ts';
import type { KubeResult } from '../../kube/port.ts';
import { markerNames } from '../../restart/marker.ts';
import type { ContentFacts } from '../../restart/plan-restart.ts';
import { restartTargets, type RestartOutcome } from '../../restart/restart-targets.ts';
import { rolloutBlockMessage } from '../../restart/rollout.ts';
import type { RestartFindings } from '../../status/external-secret-status.ts';
import type { ExternalSecretContext } from './context.ts';
import type { Subject } from './subject.ts';

export interface RestartStep {
  /** Absent while facts for a decision about a target are missing: the status keeps the former findings. */
  readonly findings?: RestartFindings;
  /** The failure that decides the time of the retry. */
  readonly failure?: Failure;
}

export async function restartStep(
  subject: Subject,
  record: WriteRecord,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<RestartStep> {
  const targets = namedTargets(subject.spec);
  const { client, workloads, isRead, restarts: guard, podAges } = context;
  const { words, annotations } = context.dialect;
  if (workloads === undefined) return { findings: { statuses: targets.map((target) => unread(target, words)) } };
  const facts = contentFacts(subject, record, annotations.restartPrefix);
  const outcome = await restartTargets(subject.namespace, targets, facts, subject.resource.status?.restarts ?? [], {
    markerPrefix: annotations.restartPrefix,
    words,
    client,
    workloads,
    isRead,
    guard,
    runsOldPods: (workload, changedAt) => podAges.ask(subject.key, workload, changedAt),
    confirm: confirmation(subject, record, context, signal),
    now: new Date(context.clock.now()).toISOString(),
    signal,
  });
  announce(outcome, subject, context);
  return stepOf(outcome);
}

function contentFacts({ secretName, policy, resource }: Subject, { content, changedAt }: WriteRecord, markerPrefix: string): ContentFacts {
  const writer = policy === 'Merge' ? resource.metadata.name : undefined;
  return { marker: markerNames(markerPrefix, secretName, writer), content, ...(changedAt === undefined ? {} : { changedAt }) };
}

function stepOf({ failures, statuses, waits }: RestartOutcome): RestartStep {
  // A conflict ends at the next attempt. The user must see the other failures.
  const lasting = failures.find(({ reason }) => reason !== 'Conflict');
  const [first] = failures;
  const retried = failures.find(({ reason }) => reason !== 'RestartTargetNotFound') ?? first;
  return {
    ...(waits ? {} : { findings: { statuses, ...(lasting === undefined ? {} : { failure: lasting }) } }),
    ...(retried === undefined ? {} : { failure: retried }),
  };
}

/** Workloads that are not read are unknown, not missing. */
function unread(target: RestartTarget, words: ConditionWords): RestartStatus {
  return { ...target, state: 'Unknown', message: words.settled('RestartsDisabled').message };
}

function announce(outcome: RestartOutcome, { resource, namespace, secretName }: Subject, context: ExternalSecretContext): void {
  for (const { kind, state } of outcome.statuses) if (state === 'Failed') context.metrics.restarted(kind, 'failed');
  for (const { target, hold } of outcome.restarted) {
    const { kind, name } = target;
    context.metrics.restarted(kind, hold === undefined ? 'restarted' : 'blocked');
    const workload = `${kind} ${JSON.stringify(name)}`;
    const content = `the new content of Secret ${JSON.stringify(secretName)}`;
    const [reason, note] =
      hold === undefined
        ? ['Restarted', `${workload} is rolled for ${content}`]
        : ['RestartsBlocked', `${workload} is marked for ${content} but keeps its old pods: ${rolloutBlockMessage(hold)}`];
    context.events.record({ regarding: resource, type: 'Normal', reason, note, action: 'Restart' });
    const said = hold === undefined ? 'workload restarted' : 'workload marked, its old pods stay';
    context.logger.info({ namespace, name: resource.metadata.name, workload: `${kind}/${name}`, hold }, said);
  }
}

/**
 * Confirms the record before a restart. A record that this reconcile has written needs no read. A cached record may be older than the
 * markers, and a restart for it would replace a newer marker. So the Secret is read once for all targets, and only before a restart.
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
    const { uid } = resource.metadata;
    const records = recordsOn(context.dialect.records, live.value.metadata.annotations, new Set([uid]));
    return { ok: true, value: records.get(uid)?.content === record.content };
  };
  return async () => (asked ??= ask());
}
