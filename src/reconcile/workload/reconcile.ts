/**
 * Reconciles one workload: who wants it restarted, what its pods have read, whether it may be restarted now, one patch for all sources. Level-triggered: markers,
 * records of Secrets, ages of pods and the ledger decide, so nothing is lost with this process.
 */
import type { Key } from '../../base/key.ts';
import { assertNever } from '../../base/assert-never.ts';
import { ms } from '../../base/time/clock.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { ConsumerId } from '../../restart/consumer/consumer.ts';
import type { GroupId } from '../../restart/demand/demand.ts';
import type { AdmissionFacts } from '../../restart/admission/verdict.ts';
import { done, workAfterRestart } from '../shared/work.ts';
import { announceOmitted, announcePhases, announceRefusal, announceRestart } from './announce.ts';
import type { WorkloadContext } from './context.ts';
import { declareGroups } from './declare-groups.ts';
import { type Judgement, judgeSources } from './judge-sources.ts';
import { isHealthy } from './member-states.ts';
import { observe, reportRound, withWaitingPod } from './observe.ts';
import { restart } from './restart.ts';
import { dueGroups, dueSince, manualRequest, notBefore, type Round } from './round.ts';

export async function reconcileWorkload(key: Key, context: WorkloadContext, signal: AbortSignal): Promise<WorkResult> {
  await context.engine.ready(signal);
  const cached = context.consumers.get(key);
  const id: ConsumerId = `${context.kind}/${key}`;
  if (cached === undefined || cached.metadata.deletionTimestamp !== undefined || cached.notKept !== undefined) {
    return forget(key, id, context);
  }
  const judgement = await judgeSources(key, context.ownPatches.current(cached), context, signal);
  if (judgement === undefined) {
    context.engine.admission.lookedAt(id);
    return done;
  }
  // What was refused before says nothing of the next restart.
  if (!isWanted(judgement, context)) context.refusals.delete(id);
  // Before the first pause: a group ends with its last member, and this round declares it only once.
  context.engine.joined(id, groupsOf(judgement));
  await declareGroups(judgement, context, signal);
  const first = observe({ key, id, cached, ...judgement }, context);
  // The groups do not wait until the pods of a failed workload are read.
  reportRound(first, context);
  const round = await withWaitingPod(first, context, signal);
  if (round !== first) reportRound(round, context);
  announcePhases(round, context);
  announceOmitted(round, context);
  context.leftOut.saw(round, context);
  if (judgement.problem !== undefined) return workAfterRestart(judgement.problem);
  const isAsked = dueGroups(round).length > 0 || manualRequest(round.consumer, context) !== undefined;
  return isAsked ? await restartIfAdmitted(round, context, signal) : nextLook(round);
}

function groupsOf({ judged, refused }: Judgement): readonly GroupId[] {
  return [...judged, ...refused].map(({ demand }) => demand.group);
}

/** Whether something wants it restarted, or may. */
function isWanted({ consumer, judged }: Judgement, context: WorkloadContext): boolean {
  return judged.some(({ due }) => due.kind !== 'current') || manualRequest(consumer, context) !== undefined;
}

function forget(key: Key, id: ConsumerId, context: WorkloadContext): WorkResult {
  const { engine, podAges, healthySince, refusals } = context;
  engine.admission.forget(id);
  engine.joined(id, []);
  engine.reloader?.forget(id);
  context.leftOut.forget(id);
  podAges.forget(key);
  healthySince.forget(id);
  refusals.delete(id);
  engine.phases.forget(id);
  engine.lastRestarts.forget(id);
  return done;
}

function admissionFacts({ id, consumer, judged, health, rollout, now }: Round, context: WorkloadContext): AdmissionFacts {
  const patchedAt = Date.parse(context.engine.lastRestarts.of(id, consumer)?.patchedAt ?? '');
  const minInterval = consumer.reloader?.minInterval;
  return {
    ...(Number.isNaN(patchedAt) ? {} : { lastPatchedAt: ms(patchedAt) }),
    ...(minInterval === undefined ? {} : { minInterval }),
    dueSince: dueSince(judged, now),
    healthyBefore: isHealthy(rollout, health),
    notBefore: notBefore(judged),
    restartNow: manualRequest(consumer, context) !== undefined,
  };
}

async function restartIfAdmitted(round: Round, context: WorkloadContext, signal: AbortSignal): Promise<WorkResult> {
  const { id } = round;
  const verdict = context.engine.admission.admit(id, dueGroups(round), admissionFacts(round, context));
  // The admission queues the key when it may go.
  if (verdict.kind === 'wait') return nextLook(round);
  const result = await restart(round, verdict, context, signal);
  switch (result.kind) {
    case 'restarted':
      context.ownPatches.wrote(round.cached, result.consumer);
      context.refusals.delete(id);
      announceRestart(round, result, verdict, context);
      // The next round, with the patched workload, reports it as rolling.
      return { kind: 'requeue', after: ms(0) };
    case 'failed':
      context.engine.admission.release(id);
      // Other clients write to it all the time: that is no trouble, and the next attempt follows.
      if (result.failure.reason !== 'Conflict') context.refusals.set(id, result.failure);
      announceRefusal(round, result.failure, context);
      return workAfterRestart(result.failure);
    case 'too-early':
      context.engine.admission.release(id);
      return { kind: 'requeue', after: ms(result.after) };
    case 'not-due':
      context.engine.admission.release(id);
      return { kind: 'requeue', after: NEXT_LOOK };
    default:
      return assertNever(result);
  }
}

/** The cache has not seen yet what the API server has. */
const NEXT_LOOK = ms(1_000);

/** The status of a workload does not change when a pod begins to crash. */
const NEXT_PODS = ms(15_000);

/** A rollout that is not complete at its deadline has failed. */
function nextLook({ states, isUnexplained, now }: Round): WorkResult {
  const deadlines = [...states.values()].flatMap(({ phase, deadline }) =>
    phase === 'Rolling' && deadline !== undefined ? [deadline] : [],
  );
  if (isUnexplained) return { kind: 'requeue', after: NEXT_PODS };
  return deadlines.length === 0 ? done : { kind: 'requeue', after: ms(Math.max(Math.min(...deadlines) - now, 0) + 1) };
}
