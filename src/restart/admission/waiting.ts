/** What the waker needs of its surroundings, and what holds a waiting workload. */
import type { Clock, Ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import type { Decision, Decisions, Request } from './decide.ts';
import type { Reservations } from './reservations.ts';
import type { Slots } from './slots.ts';
import type { Hold } from './verdict.ts';

export interface WakerPort {
  /** Puts the workload into the queue of its controller. Must not call back at once. */
  wake(consumer: ConsumerId): void;
  /** The same after a time. Of several times the earliest counts, and a round of the workload ends them all. */
  wakeAfter(consumer: ConsumerId, delay: Ms): void;
  /** What these groups say of their members has changed. Called often: the caller coalesces. */
  changed(groups: readonly string[]): void;
}

export type Waiting = Extract<Decision, { kind: 'wait' }>;

export interface Parked {
  readonly request: Request;
  readonly waiting: Waiting;
}

export interface WakerParts {
  readonly clock: Clock;
  readonly port: WakerPort;
  readonly slots: Slots;
  readonly decisions: Decisions;
  readonly reservations: () => Reservations;
}

export function isForPlace({ reason }: Hold): boolean {
  return reason === 'NamespaceLimit' || reason === 'InstallationLimit';
}

/** When a queue opens by itself, if its first workload waits for that. One with its own timer needs no other. */
export function opensAt(waiting: Waiting | undefined): Ms | undefined {
  if (waiting === undefined || waiting.hasTimer) return undefined;
  const { reason, until } = waiting.hold;
  return reason === 'Soaking' || reason === 'NotAllObserved' ? until : undefined;
}

export function isSameHold(one: Hold | undefined, other: Hold): boolean {
  return one?.reason === other.reason && one.until === other.until && one.group === other.group;
}
