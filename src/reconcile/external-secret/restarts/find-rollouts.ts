/** Finds where the workloads stand that are restarted for the Secret of an ExternalSecret. */
import { groupResource } from '../../../api/object/resource-type.ts';
import type { ExternalSecretStatus } from '../../../api/schema/external-secret-status.ts';
import type { RestartCounts, RestartStatus } from '../../../api/schema/restart-status.ts';
import { failure, type Failure } from '../../../failure/failure.ts';
import { isFailureReason } from '../../../failure/reasons.ts';
import { keyOf } from '../../../base/key.ts';
import { consumerKinds, type ConsumerKind } from '../../../restart/consumer/consumer.ts';
import type { GroupView, MemberView } from '../../../restart/admission/view.ts';
import { groupOfOwner, restartSpecOf } from '../../../restart/demand/restart-spec-of.ts';
import type { PolicyOwner, RestartSpec } from '../../../restart/demand/restart-spec.ts';
import type { RolloutFindings } from '../../../status/rollout-conditions.ts';
import { membersOf } from '../../workload/members.ts';
import type { ExternalSecretContext } from '../context.ts';
import type { Subject } from '../subject.ts';
import { type MissingTarget, missingTargets, unreadKinds } from './missing-targets.ts';
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
  const { problem } = context.restarts;
  if (problem !== undefined) return stopped(problem, resource.status);
  const missing = await missingTargets(parsed.value, context, signal);
  const view = context.restarts.view(parsed.value.group);
  const unread = unreadKinds(parsed.value, context);
  if (view === undefined && missing.length === 0) {
    return unread === undefined ? withoutView(parsed.value, context) : stopped(unread, resource.status);
  }
  return stepOf(view, { missing, unread }, context, resource.status?.restarts);
}

/** No workload was looked at yet. */
function withoutView(spec: RestartSpec, context: ExternalSecretContext): RolloutStep {
  return hasNoMembers(spec, context) ? { findings: NOTHING } : {};
}

/** What was known of the workloads stays. */
function stopped(problem: Failure, { restarts: statuses = [], restartCounts: counts = {} }: ExternalSecretStatus = {}): RolloutStep {
  return { findings: { statuses, counts, failure: problem }, failure: problem };
}

/** No workload reports that there is none, such as after a start, when the last one has gone meanwhile. */
function hasNoMembers(spec: RestartSpec, { workloads, areAllRead }: ExternalSecretContext): boolean {
  const consumers = new Map(consumerKinds.map((kind) => [kind, workloads(kind)] as const));
  return areAllRead(spec.owner.namespace) && membersOf(spec, consumers).next().done === true;
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

interface Unknowns {
  readonly missing: readonly MissingTarget[];
  readonly unread: Failure | undefined;
}

function stepOf(
  view: GroupView | undefined,
  { missing, unread }: Unknowns,
  context: ExternalSecretContext,
  before: readonly RestartStatus[] = [],
): RolloutStep {
  const facts: StatusFacts = { restartedAt: (id) => restartedAt(id, context), before };
  const shown = view === undefined ? { statuses: [], counts: {} } : { statuses: statusesOf(view, facts), counts: countsOf(view) };
  const { failed = 0 }: RestartCounts = shown.counts;
  const problem = missing[0]?.failure ?? problemOf(view) ?? unread;
  const retried = retriedOf(missing) ?? unread;
  return {
    findings: {
      statuses: [...missing.map(({ status }) => status), ...shown.statuses],
      counts: { ...shown.counts, failed: failed + missing.length },
      ...(problem === undefined ? {} : { failure: problem }),
    },
    ...(retried === undefined ? {} : { failure: retried }),
  };
}

/** A target that does not exist wakes the ExternalSecret when it comes; the others have to be looked at again. */
function retriedOf(missing: readonly MissingTarget[]): Failure | undefined {
  return (missing.find((one) => one.failure.reason !== 'RestartTargetNotFound') ?? missing[0])?.failure;
}

function restartedAt(id: string, { restarts, workloads }: ExternalSecretContext): string | undefined {
  const [kind = '', namespace = '', name = ''] = id.split('/');
  const workload = workloads(kind as ConsumerKind).get(keyOf(namespace, name));
  return workload && restarts?.lastRestarts.of(id, workload)?.patchedAt;
}

/** What people must see first: restarts that stop, or cannot be made. */
function problemOf(view: GroupView | undefined): Failure | undefined {
  if (view === undefined) return undefined;
  const { members, failures } = view;
  if (isHolding(view)) return haltOf(members, failures);
  const stopped = members.find((member) => member.failure !== undefined || isStopped(member));
  if (stopped?.failure !== undefined) return stopped.failure;
  if (stopped?.reason === undefined) return undefined;
  const reason = catalogueReason(stopped.reason);
  return isFailureReason(reason) ? failure(reason, `${labelOf(stopped)}: ${stopped.message ?? ''}`) : undefined;
}

function isHolding({ members, isHalted, isDryRun }: GroupView): boolean {
  return isHalted && !isDryRun && members.some(({ phase }) => phase === 'Pending');
}

function haltOf(members: readonly MemberView[], failures: number): Failure {
  const failed = members.find(({ phase, failure: refused }) => phase === 'Failed' && refused === undefined);
  const which = failed === undefined ? '' : `: ${labelOf(failed)}: ${failed.message ?? ''}`;
  return failure('RolloutsHalted', `${failures} failed, so the others wait${which}`);
}

function isStopped({ phase, reason }: MemberView): boolean {
  return phase !== 'Failed' && reason !== undefined && isFailureReason(catalogueReason(reason));
}

function labelOf({ consumer }: MemberView): string {
  const [kind = '', , name = ''] = consumer.split('/');
  return `${kind} ${JSON.stringify(name)}`;
}
