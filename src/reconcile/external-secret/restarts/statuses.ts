/** status.restarts from what the restart engine knows. Pure. */
import type { RestartCounts, RestartStatus } from '../../../api/schema/restart-status.ts';
import type { Phase } from '../../../restart/admission/member.ts';
import type { GroupView, MemberView } from '../../../restart/admission/view.ts';
import { failure } from '../../../failure/failure.ts';
import { isFailureReason } from '../../../failure/reasons.ts';
import { messageFor } from '../../../messages/message.ts';
import { unknownReader } from '../../../messages/reader.ts';
import { stateOfPhase } from '../../../status/rollout-conditions.ts';
import { catalogueReason } from './reasons.ts';

export interface StatusFacts {
  /** RFC 3339, by the id of a workload; undefined: the operator has not restarted it. */
  readonly restartedAt: (id: string) => string | undefined;
  /** status.restarts as it is. */
  readonly before: readonly RestartStatus[];
}

export function statusesOf(view: GroupView, { restartedAt, before }: StatusFacts): readonly RestartStatus[] {
  const known = new Map(before.map((status) => [`${status.kind}/${status.name}`, status]));
  return view.members.map((member) => {
    const status = statusOf(member, restartedAt(member.consumer));
    return { ...status, ...sinceOf(status, known.get(`${status.kind}/${status.name}`)) };
  });
}

/** Their beginning is recorded nowhere else: a new leader counts from its first look, and would change the status of each ExternalSecret at its start. */
const LASTING: ReadonlySet<Phase> = new Set(['Healthy', 'Current', 'Baseline', 'Blocked', 'Failed']);

function sinceOf(status: RestartStatus, before: RestartStatus | undefined): Pick<RestartStatus, 'since'> {
  if (before?.since === undefined || status.since === undefined || !isSame(status, before)) return {};
  return Date.parse(before.since) < Date.parse(status.since) ? { since: before.since } : {};
}

function isSame(status: RestartStatus, before: RestartStatus): boolean {
  const { phase, content, restartedAt } = status;
  return (
    phase !== undefined && LASTING.has(phase) && before.phase === phase && before.content === content && before.restartedAt === restartedAt
  );
}

function statusOf(member: MemberView, restartedAt: string | undefined): RestartStatus {
  const { consumer, phase, content, reason } = member;
  const [kind = '', , name = ''] = consumer.split('/');
  return {
    kind,
    name,
    state: stateOfPhase(phase),
    phase,
    since: new Date(member.since).toISOString(),
    ...(content === undefined ? {} : { content }),
    ...(restartedAt === undefined ? {} : { restartedAt }),
    ...(reason === undefined ? {} : { reason: catalogueReason(reason) }),
    ...messageOf(member),
    ...nextOf(member),
  };
}

/** Where somebody must act, with what to do. The message of a refused restart has it already. */
function messageOf({ reason, message, failure: refused }: MemberView): Pick<RestartStatus, 'message'> {
  if (message === undefined) return {};
  const known = reason === undefined || refused !== undefined ? undefined : catalogueReason(reason);
  return { message: known !== undefined && isFailureReason(known) ? messageFor(failure(known, message), unknownReader) : message };
}

function nextOf({ next, wave, place }: MemberView): Pick<RestartStatus, 'nextStep' | 'nextStepTime'> {
  if (next === undefined) return {};
  const inWave = wave === undefined ? '' : ` in wave ${wave}`;
  const inPlan = place === undefined ? '' : `, number ${place} in the order`;
  const step = next.step === 'Restart' ? `restart${inWave}${inPlan}` : 'the rollout counts as failed if it is not complete';
  return { nextStep: step, ...(next.at === undefined ? {} : { nextStepTime: new Date(next.at).toISOString() }) };
}

const FIELDS: Readonly<Record<Phase, keyof RestartCounts>> = {
  Failed: 'failed',
  Blocked: 'blocked',
  Rolling: 'rolling',
  Pending: 'pending',
  Healthy: 'healthy',
  Current: 'current',
  Baseline: 'baseline',
};

export function countsOf({ counts }: GroupView): RestartCounts {
  return Object.fromEntries(Object.entries(counts).map(([phase, count]) => [FIELDS[phase as Phase], count]));
}
