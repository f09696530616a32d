/** The time after which a rollout that is not settled has failed, for kinds whose controller sets none. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { Consumer } from '../consumer/consumer.ts';

/** Longer than any rollout; keeps the sum in the range of timers and dates. */
const MAX_MS = 365 * 24 * 3_600_000;

/**
 * The configured time, or longer if the pods of the workload, one after the other, cannot be available sooner. A kind may replace several pods at once; then this is
 * more than it needs.
 */
export function rolloutDeadline({ rollout }: Pick<Consumer, 'rollout'>, configured: Ms): Ms {
  const least = Math.min(MAX_MS, podsInOrder(rollout) * rollout.minReadySeconds * 1_000);
  return ms(Math.max(configured, least));
}

/** Pods below the partition are not replaced. */
function podsInOrder({ replicas, partition }: Consumer['rollout']): number {
  return Math.max(0, replicas - partition);
}
