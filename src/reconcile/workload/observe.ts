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

export async function observe(
  found: Omit<Round, 'health' | 'rollout' | 'states' | 'isUnexplained' | 'now'>,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<Round> {
  const { consumer, judged, refused, id } = found;
  const now = ms(context.clock.now());
  // The pods of a Deployment from which a Rollout takes its template are those of the Rollout.
  const template = context.rolloutOf(consumer);
  const { rollout } = template ?? consumer;
  const health = template === undefined ? rolloutHealth(consumer) : rolloutHealth(template, consumer);
  const entry = context.engine.lastRestarts.of(id, consumer);
  const facts: MemberFacts = {
    consumer,
    rollout,
    health,
    entry,
    healthySince: context.healthySince.of(id, healthState(consumer, rollout, health), now),
    waitingPod: undefined,
    refusedPatch: refusedPatch(found, context),
    workloadPrefix: context.dialect.annotations.workloadPrefix,
    now,
  };
  const states = statesOf(judged, refused, facts);
  const round: Round = { ...found, health, rollout, states, isUnexplained: false, now };
  if (![...states.values()].some(({ phase, failure }) => phase === 'Failed' && failure === undefined)) return round;
  // Neither its groups nor a start wait until its pods are read.
  reportRound(round, context);
  const waitingPod = await waitingPodOf(consumer, context, signal);
  const explained = statesOf(judged, refused, { ...facts, waitingPod: waitingPod?.words });
  return { ...round, states: explained, isUnexplained: waitingPod?.isStuck !== true };
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
