/**
 * Refuses writes unless this process holds the Lease. A process that was suspended sees that the time is over before it sends. A write in
 * progress is aborted when the time ends. (If the API server has received it, the precondition on the resourceVersion decides.)
 */
import { type Clock, type Ms, systemClock } from '../../base/time/clock.ts';
import { withinTime } from '../../base/time/deadline.ts';
import type { WriteRight } from '../../base/write-right.ts';
import type { KubeFailure, KubeResult, KubeWriter } from '../port.ts';

/** The right to write that the Lease gives. */
export interface WriteLease extends WriteRight {
  /** The time (wall clock) until which the former leader has done all due work. Undefined if no former leader is known. */
  readonly leadUntil?: Ms | undefined;
}

const notLeader: KubeFailure = { kind: 'unavailable', status: 0, message: 'no longer the leader' };

export function fenced(writer: KubeWriter, lease: WriteLease, clock: Clock = systemClock): KubeWriter {
  const guard = <T>(signal: AbortSignal, write: (signal: AbortSignal) => Promise<KubeResult<T>>): Promise<KubeResult<T>> =>
    withinTime(clock, signal, () => lease.remainingMs(), notLeader, write);
  return {
    create: (type, namespace, body, signal, mode) => guard(signal, (bounded) => writer.create(type, namespace, body, bounded, mode)),
    mergePatch: (type, name, body, signal, subresource) =>
      guard(signal, (bounded) => writer.mergePatch(type, name, body, bounded, subresource)),
    delete: (type, name, preconditions, signal) => guard(signal, (bounded) => writer.delete(type, name, preconditions, bounded)),
  };
}
