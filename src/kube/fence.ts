/**
 * Writes only while this process is sure to be the leader. A process that was frozen finds its time used up when it wakes, before it sends; a write on
 * its way is given up when the time ends. (What the server has received by then is judged by its resourceVersion precondition.)
 */
import { type Clock, type Ms, systemClock } from '../base/clock.ts';
import { withinTime } from '../base/deadline.ts';
import type { KubeFailure, KubeResult, KubeWriter } from './port.ts';

/** The right to write, as it stands now. */
export interface WriteLease {
  /** Milliseconds for which this process may still write; 0 or less: it may not. */
  remainingMs(): number;
  /** Until when (wall clock) whoever led before this process has done all that was due; undefined when nobody is known to have led. */
  readonly leadUntil?: Ms | undefined;
}

const notLeader: KubeFailure = { kind: 'unavailable', status: 0, message: 'no longer the leader' };

export function fenced(writer: KubeWriter, lease: WriteLease, clock: Clock = systemClock): KubeWriter {
  const guard = <T>(signal: AbortSignal, write: (signal: AbortSignal) => Promise<KubeResult<T>>): Promise<KubeResult<T>> =>
    withinTime(clock, signal, lease.remainingMs(), notLeader, write);
  return {
    create: (type, namespace, body, signal, mode) => guard(signal, (bounded) => writer.create(type, namespace, body, bounded, mode)),
    mergePatch: (type, name, body, signal, subresource) =>
      guard(signal, (bounded) => writer.mergePatch(type, name, body, bounded, subresource)),
    delete: (type, name, preconditions, signal) => guard(signal, (bounded) => writer.delete(type, name, preconditions, bounded)),
  };
}
