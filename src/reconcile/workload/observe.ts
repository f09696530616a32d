/** Finds where a workload stands in its groups, and reports it to the admission. */
import { ms } from '../../base/time/clock.ts';
import { messageFor } from '../../messages/message.ts';
import { unknownReader } from '../../messages/reader.ts';
import type { Consumer, RolloutFacts } from '../../restart/consumer/consumer.ts';
import { type RolloutHealth, rolloutHealth } from '../../restart/rollout/health.ts';
import type { WorkloadContext } from './context.ts';
import { isHealthy, type MemberFacts, statesOf } from './member-states.ts';
import type { Round } from './round.ts';
import { waitingPodOf } from './waiting-pod.ts';

/** Without the pod that keeps a failed rollout from being complete. */
export function observe(
  found: Omit<Round, 'health' | 'rollout' | 'states' | 'isUnexplained' | 'now'>,
  context: WorkloadContext,
): Round {
  const now = ms(context.clock.now());
  // The pods of a Deployment from which a Rollout takes its template are those of the Rollout.
  const template = context.rolloutOf(found.consumer);
  const { rollout } = template ?? found.consumer;
  const health = template === undefined ? rolloutHealth(found.consumer) : rolloutHealth(template, found.consumer);
  const round: Round = { ...found, health, rollout, states: new Map(), isUnexplained: false, now };
  return { ...round, states: statesIn(round, undefined, context) };
}

/** The same round if no rollout has failed. */
export async function withWaitingPod(round: Round, context: WorkloadContext, signal: AbortSignal): Promise<Round> {
  if (![...round.states.values()].some(({ phase, failure }) => phase === 'Failed' && failure === undefined)) return round;
  const waitingPod = await waitingPodOf(round.consumer, context, signal);
  return { ...round, states: statesIn(round, waitingPod?.words, context), isUnexplained: waitingPod?.isStuck !== true };
}

function statesIn(round: Round, waitingPod: string | undefined, context: WorkloadContext): Round['states'] {
  const { id, consumer, judged, refused, rollout, health, now } = round;
  return statesOf(judged, refused, {
    consumer,
    rollout,
    health,
    entry: context.engine.lastRestarts.of(id, consumer),
    healthySince: context.healthySince.of(id, healthState(consumer, rollout, health), now),
    waitingPod,
    refusedPatch: refusedPatch(round, context),
    workloadPrefix: context.dialect.annotations.workloadPrefix,
    now,
  });
}

/** Another object with the same name begins anew, also if its deletion was not seen. */
function healthState({ metadata: { uid }, markers }: Consumer, rollout: RolloutFacts, health: RolloutHealth): string {
  return JSON.stringify([uid, health.state, isHealthy(rollout, health), markers]);
}

/** Why the last attempt failed, until it succeeds. */
function refusedPatch({ id, problem }: Pick<Round, 'id' | 'problem'>, { refusals }: WorkloadContext): MemberFacts['refusedPatch'] {
  const failed = problem ?? refusals.get(id);
  return failed && { reason: failed.reason, message: messageFor(failed, unknownReader), failure: failed };
}

export function reportRound({ id, consumer, states }: Round, { engine }: WorkloadContext): void {
  const { namespace = '', labels = {} } = consumer.metadata;
  engine.admission.report(id, { namespace, labels, states });
}
