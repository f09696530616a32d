/** Finds where a workload stands in its groups, and reports it to the admission. */
import { ms } from '../../base/time/clock.ts';
import { messageFor } from '../../messages/message.ts';
import { unknownReader } from '../../messages/reader.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import { type RolloutHealth, rolloutHealth } from '../../restart/rollout/health.ts';
import type { WorkloadContext } from './context.ts';
import { isHealthy, type MemberFacts, statesOf } from './member-states.ts';
import type { Round } from './round.ts';
import { waitingPodOf } from './waiting-pod.ts';

export async function observe(
  found: Omit<Round, 'health' | 'states' | 'now'>,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<Round> {
  const { consumer, judged, refused, id } = found;
  const now = ms(context.clock.now());
  const health = healthOf(consumer, context);
  const entry = context.engine.ledger.workload(consumer.metadata.uid);
  const facts: MemberFacts = {
    consumer,
    health,
    entry,
    healthySince: context.healthySince.of(id, JSON.stringify([health.state, isHealthy(consumer, health), consumer.markers]), now),
    waitingPod: undefined,
    refusedPatch: refusedPatch(found, context),
    now,
  };
  const states = statesOf(judged, refused, facts);
  const round: Round = { ...found, health, states, now };
  if (![...states.values()].some(({ phase, failure }) => phase === 'Failed' && failure === undefined)) return round;
  const waitingPod = await waitingPodOf(consumer, context, signal);
  return { ...round, states: statesOf(judged, refused, { ...facts, waitingPod }) };
}

/** The pods of a Deployment from which a Rollout takes its template are those of the Rollout. */
function healthOf(consumer: Consumer, { rolloutOf }: WorkloadContext): RolloutHealth {
  const rollout = rolloutOf(consumer);
  return rollout === undefined ? rolloutHealth(consumer) : rolloutHealth(rollout, consumer);
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
