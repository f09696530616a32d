/** Finds where a workload stands in its groups, and reports it to the admission. */
import { ms } from '../../base/time/clock.ts';
import { messageFor } from '../../messages/message.ts';
import { unknownReader } from '../../messages/reader.ts';
import { rolloutHealth } from '../../restart/rollout/health.ts';
import type { WorkloadContext } from './context.ts';
import { isHealthy, type MemberFacts, statesOf } from './member-states.ts';
import type { Round } from './round.ts';
import { waitingPodOf } from './waiting-pod.ts';

export async function observe(
  found: Omit<Round, 'health' | 'rollout' | 'states' | 'now'>,
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
  if (!isHealthy(rollout, health)) context.healthySince.forget(id);
  const facts: MemberFacts = {
    consumer,
    rollout,
    health,
    entry,
    healthySince: context.healthySince.of(id, JSON.stringify([health.state, consumer.markers]), now),
    waitingPod: undefined,
    refusedPatch: refusedPatch(found, context),
    now,
  };
  const states = statesOf(judged, refused, facts);
  const round: Round = { ...found, health, rollout, states, now };
  if (![...states.values()].some(({ phase }) => phase === 'Failed')) return round;
  const waitingPod = await waitingPodOf(consumer, context, signal);
  return { ...round, states: statesOf(judged, refused, { ...facts, waitingPod }) };
}

/** Why the last attempt failed, until it succeeds. */
function refusedPatch({ id, problem }: Pick<Round, 'id' | 'problem'>, { refusals }: WorkloadContext): MemberFacts['refusedPatch'] {
  const failed = problem ?? refusals.get(id);
  return failed && { reason: failed.reason, message: messageFor(failed, unknownReader).slice(0, MAX_MESSAGE) };
}

const MAX_MESSAGE = 300;

export function reportRound({ id, consumer, states }: Round, { engine }: WorkloadContext): void {
  const { namespace = '', labels = {} } = consumer.metadata;
  engine.admission.report(id, { namespace, labels, states });
}
