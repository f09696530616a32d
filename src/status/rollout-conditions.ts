/** The conditions Restarted and RolloutsHealthy, and status.restarts, from the phases of the workloads. Pure. */
import { withCondition, type Condition, type NewCondition } from '../api/schema/conditions.ts';
import { restartPhases, type RestartCounts, type RestartPhase, type RestartStatus } from '../api/schema/restart-status.ts';
import { limits } from '../api/schema/schema-parts.ts';
import type { ConditionWords, Words } from '../api/condition-words.ts';
import { excerpt, quote } from '../base/excerpt.ts';
import { failure, type Failure } from '../failure/failure.ts';
import type { StateReason } from '../failure/reasons.ts';
import { MAX_MESSAGE } from '../messages/message.ts';

/** What is known of the workloads that are restarted for one Secret. */
export interface RolloutFindings {
  /** Some or all of them; of the most urgent phases at least as many as are shown. */
  readonly statuses: readonly RestartStatus[];
  /** All of them, by phase. A phase without workloads may be absent. */
  readonly counts: RestartCounts;
  /** The failure that people must see first, if there is one: a restart that was refused, or what stops the rollouts. */
  readonly failure?: Failure;
}

/** Words for one reader. */
interface Wording extends Pick<ConditionWords, 'settled'> {
  readonly failed: (failure: Failure) => Words;
}

/** Longer names of workloads are cut, so that there is room for what is said of them. */
const LONGEST_NAME = 80;

type Statement = Words & Pick<NewCondition, 'status'>;

const STATES: Readonly<Record<RestartPhase, RestartStatus['state']>> = {
  Failed: 'Failed',
  Blocked: 'Blocked',
  Rolling: 'Restarted',
  Pending: 'Pending',
  Healthy: 'Restarted',
  Current: 'Current',
  Baseline: 'Current',
};

/** The state of v1 for a phase. */
export function stateOfPhase(phase: RestartPhase): RestartStatus['state'] {
  return STATES[phase];
}

/** The statuses that are shown, in their order: by urgency, then by name. */
export function shownRestarts(statuses: readonly RestartStatus[]): RestartStatus[] {
  return statuses
    .toSorted((one, other) => rankOf(one) - rankOf(other) || compare(one.name, other.name) || compare(one.kind, other.kind))
    .slice(0, limits.restartStatuses);
}

function rankOf({ phase }: RestartStatus): number {
  return phase === undefined ? restartPhases.length : restartPhases.indexOf(phase);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Every count, also of phases without workloads: a merge patch keeps a count that it omits. */
export function shownCounts(counts: RestartCounts): Record<keyof RestartCounts, number> {
  const { failed = 0, blocked = 0, rolling = 0, pending = 0, healthy = 0, current = 0, baseline = 0 } = counts;
  return { failed, blocked, rolling, pending, healthy, current, baseline };
}

/** The conditions with Restarted and RolloutsHealthy set; without both if there are no workloads. `now`: RFC 3339. */
export function withRollouts(
  words: Wording,
  conditions: readonly Condition[],
  findings: RolloutFindings,
  observedGeneration: number,
  now: string,
): Condition[] {
  if (!hasWorkloads(findings) && findings.failure === undefined) {
    return conditions.filter(({ type }) => type !== 'Restarted' && type !== 'RolloutsHealthy');
  }
  const restarted = withCondition(conditions, { type: 'Restarted', ...restartedIs(words, findings), observedGeneration }, now);
  return withCondition(restarted, { type: 'RolloutsHealthy', ...healthyIs(words, findings), observedGeneration }, now);
}

function hasWorkloads({ statuses, counts }: RolloutFindings): boolean {
  return statuses.length > 0 || Object.values(counts).some((count) => (count ?? 0) > 0);
}

/** Whether every workload has the content, or is being replaced for it. */
function restartedIs(words: Wording, findings: RolloutFindings): Statement {
  const { blocked, pending, rolling, healthy } = shownCounts(findings.counts);
  const problem = problemOf(words, findings);
  if (problem !== undefined) return problem;
  if (blocked > 0) return says(words, findings, 'Blocked', 'RestartsBlocked');
  if (pending > 0) return says(words, findings, 'Pending', 'RolloutsPending');
  return { status: 'True', ...words.settled(rolling + healthy > 0 ? 'RestartsDone' : 'RestartsNotNeeded') };
}

/** Whether the pods of every workload have the content and are available. */
function healthyIs(words: Wording, findings: RolloutFindings): Statement {
  const { blocked, pending, rolling } = shownCounts(findings.counts);
  const problem = problemOf(words, findings);
  if (problem !== undefined) return problem;
  if (blocked > 0) return says(words, findings, 'Blocked', 'RolloutsBlocked');
  if (rolling > 0) return says(words, findings, 'Rolling', 'RolloutsInProgress');
  if (pending > 0) return says(words, findings, 'Pending', 'RolloutsPending');
  return { status: 'True', ...words.settled('RolloutsHealthy') };
}

function problemOf(words: Wording, { statuses, counts, failure: found }: RolloutFindings): Statement | undefined {
  if (found !== undefined) return { status: 'False', ...words.failed(found) };
  if (statuses.some(({ state }) => state === 'Unknown')) return { status: 'Unknown', ...words.settled('RestartsDisabled') };
  const { failed } = shownCounts(counts);
  if (failed === 0) return undefined;
  return { status: 'False', ...words.failed(failure('RolloutFailed', firstOf(statuses, 'Failed', failed) ?? `workloads: ${failed}`)) };
}

function says(
  words: Wording,
  { statuses, counts }: RolloutFindings,
  phase: 'Blocked' | 'Rolling' | 'Pending',
  reason: StateReason,
): Statement {
  const all = { Blocked: counts.blocked, Rolling: counts.rolling, Pending: counts.pending }[phase] ?? 0;
  return { status: 'False', ...words.settled(reason, firstOf(statuses, phase, all)) };
}

/** The first workload of a phase, by name, with what is said of it. Undefined: nothing is said of it. */
function firstOf(statuses: readonly RestartStatus[], phase: RestartPhase, count: number): string | undefined {
  const [first] = shownRestarts(statuses.filter((status) => status.phase === phase));
  const said = first?.message ?? (first && nextOf(first));
  if (first === undefined || said === undefined) return undefined;
  const others = count > 1 ? `; ${count - 1} more in phase ${phase}` : '';
  const name = quote(first.name, LONGEST_NAME);
  return `${excerpt(`${first.kind} ${name}: ${said}`, MAX_MESSAGE - others.length - 1)}${others}`;
}

/** `pods are being replaced; the rollout counts as failed if it is not complete at 2026-03-01T10:00:00Z` */
function nextOf({ phase, nextStep, nextStepTime }: RestartStatus): string | undefined {
  if (nextStep === undefined) return undefined;
  const at = nextStepTime === undefined ? '' : ` at ${nextStepTime.slice(0, 19)}Z`;
  return `${phase === 'Rolling' ? 'its pods are being replaced; ' : ''}${nextStep}${at}`;
}
