/** Finds where the workloads stand that are restarted for the Secret of an ExternalSecret. */
import { groupResource } from '../../../api/object/resource-type.ts';
import type { RestartStatus } from '../../../api/schema/restart-status.ts';
import { failure, type Failure } from '../../../failure/failure.ts';
import { isFailureReason } from '../../../failure/reasons.ts';
import { keyOf } from '../../../base/key.ts';
import type { ConsumerKind } from '../../../restart/consumer/consumer.ts';
import type { GroupView, MemberView } from '../../../restart/admission/view.ts';
import { groupOfOwner, restartSpecOf } from '../../../restart/demand/restart-spec-of.ts';
import type { PolicyOwner, RestartSpec } from '../../../restart/demand/restart-spec.ts';
import type { RolloutFindings } from '../../../status/rollout-conditions.ts';
import type { ExternalSecretContext } from '../context.ts';
import type { Subject } from '../subject.ts';
import { type MissingTarget, missingTargets } from './missing-targets.ts';
import { catalogueReason } from './reasons.ts';
import { countsOf, type StatusFacts, statusesOf } from './statuses.ts';

export interface RolloutStep {
  /** Absent while the workloads were not looked at: the status keeps the former findings. */
  readonly findings?: RolloutFindings;
  /** The failure that decides the time of the retry. */
  readonly failure?: Failure;
}

const NOTHING: RolloutFindings = { statuses: [], counts: {} };

export async function findRollouts(subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<RolloutStep> {
  const { resource, spec, namespace } = subject;
  const owner = { resource: groupResource(context.dialect.kinds.externalSecret), namespace, name: resource.metadata.name };
  const parsed = restartSpecOf(owner, spec);
  if (!parsed.ok) return { findings: { ...NOTHING, failure: parsed.failure }, failure: parsed.failure };
  if (parsed.value.members === 'none') return withoutRestarts(owner, context);
  if (context.restarts === undefined) return { findings: { statuses: unreadTargets(parsed.value, context), counts: {} } };
  const missing = await missingTargets(parsed.value, context, signal);
  const view = context.restarts.view(parsed.value.group);
  if (view === undefined && missing.length === 0) return {};
  return stepOf(view, missing, context, resource.status?.restarts);
}

function withoutRestarts(owner: PolicyOwner, { restarts }: ExternalSecretContext): RolloutStep {
  restarts?.retire(groupOfOwner(owner));
  return { findings: NOTHING };
}

/** Workloads that are not read are unknown, not missing. */
function unreadTargets({ members }: RestartSpec, { dialect: { words } }: ExternalSecretContext): readonly RestartStatus[] {
  const { message } = words.settled('RestartsDisabled');
  const named = typeof members === 'string' ? [] : members.flatMap((member) => ('name' in member ? [member] : []));
  return named.map(({ kind, name }) => ({ kind, name, state: 'Unknown', message }));
}

function stepOf(
  view: GroupView | undefined,
  missing: readonly MissingTarget[],
  context: ExternalSecretContext,
  before: readonly RestartStatus[] = [],
): RolloutStep {
  const facts: StatusFacts = { restartedAt: (id) => restartedAt(id, context), before };
  const statuses = [...missing.map(({ status }) => status), ...(view === undefined ? [] : statusesOf(view, facts))];
  const counts = view === undefined ? {} : countsOf(view);
  const [first] = missing;
  const problem = first?.failure ?? (view && problemOf(view));
  const retried = missing.find((one) => one.failure.reason !== 'RestartTargetNotFound')?.failure ?? first?.failure;
  return {
    findings: {
      statuses,
      counts: { ...counts, failed: (counts.failed ?? 0) + missing.length },
      ...(problem === undefined ? {} : { failure: problem }),
    },
    ...(retried === undefined ? {} : { failure: retried }),
  };
}

function restartedAt(id: string, { restarts, workloads }: ExternalSecretContext): string | undefined {
  const [kind = '', namespace = '', name = ''] = id.split('/');
  const workload = workloads(kind as ConsumerKind).get(keyOf(namespace, name));
  return workload && restarts?.lastRestarts.of(id, workload)?.patchedAt;
}

/** What people must see first: restarts that stop, or cannot be made. */
function problemOf({ members, isHalted, failures, isDryRun }: GroupView): Failure | undefined {
  if (isHalted && !isDryRun && members.some(({ phase }) => phase === 'Pending')) {
    const [failed] = members.filter(({ phase }) => phase === 'Failed');
    const which = failed === undefined ? '' : `: ${labelOf(failed)}: ${failed.message ?? ''}`;
    return failure('RolloutsHalted', `${failures} failed, so the others wait${which}`);
  }
  const stopped = members.find(
    ({ phase, reason }) => phase !== 'Failed' && reason !== undefined && isFailureReason(catalogueReason(reason)),
  );
  if (stopped?.reason === undefined) return undefined;
  const reason = catalogueReason(stopped.reason);
  return isFailureReason(reason) ? failure(reason, `${labelOf(stopped)}: ${stopped.message ?? ''}`) : undefined;
}

function labelOf({ consumer }: MemberView): string {
  const [kind = '', , name = ''] = consumer.split('/');
  return `${kind} ${JSON.stringify(name)}`;
}
