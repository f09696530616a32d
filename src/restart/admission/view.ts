/** What the status of a group shows: a bounded list in the order of interest, and exact counts. */
import type { Ms } from '../../base/time/clock.ts';
import type { Failure } from '../../failure/failure.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import type { Group, Member } from './group.ts';
import { type Phase, phases } from './member.ts';
import type { Hold, WaitReason } from './verdict.ts';
import { explain } from './wait-text.ts';

/** The status is one object of the API, read by people. */
export const MAX_ROWS = 50;

export interface MemberView {
  readonly consumer: ConsumerId;
  readonly phase: Phase;
  readonly content: string | undefined;
  readonly since: Ms;
  /** Of one that waits: why. */
  readonly reason?: WaitReason | (string & {});
  /** For people, at most 300 characters. */
  readonly message?: string;
  /** Why the last attempt to restart it was refused. */
  readonly failure?: Failure;
  /** The wave of its policy; undefined: there are no waves, or it is behind the last one. */
  readonly wave?: string;
  /** Restart: it is due, `at` the earliest. Deadline: it fails then if it is not healthy before. */
  readonly next?: { readonly step: 'Restart' | 'Deadline'; readonly at?: Ms };
  /** With dryRun: its place in the order of all that are due, from 1. */
  readonly place?: number;
}

export interface GroupView {
  /** By phase (Failed, Blocked, Rolling, Pending, the rest) and name; at most `MAX_ROWS`. */
  readonly members: readonly MemberView[];
  readonly counts: Readonly<Record<Phase, number>>;
  readonly total: number;
  /** More workloads failed than the policy allows: those that remain wait. */
  readonly isHalted: boolean;
  readonly failures: number;
  readonly isDryRun: boolean;
}

/** `holdOf`: what a workload that is due waits for. */
export function viewOf(group: Group, holdOf: (id: ConsumerId) => Hold | undefined): GroupView {
  const byPhase = new Map<Phase, ConsumerId[]>(phases.map((phase) => [phase, []]));
  for (const [id, { state }] of group.members) byPhase.get(state.phase)?.push(id);
  const places = group.policy.dryRun ? placesOf(group) : new Map<ConsumerId, number>();
  const rows = rowsOf(byPhase).flatMap((id) => {
    const member = group.members.get(id);
    return member === undefined ? [] : [rowOf(group, id, member, holdOf(id), places.get(id))];
  });
  return {
    members: rows,
    counts: countsOf(byPhase),
    total: group.members.size,
    isHalted: group.isHalted,
    failures: group.failures,
    isDryRun: group.policy.dryRun,
  };
}

/** The phases after Pending are one: their members come by name. */
const URGENT = 4;

function rowsOf(byPhase: ReadonlyMap<Phase, readonly ConsumerId[]>): ConsumerId[] {
  const sections = phases.slice(0, URGENT).map((phase) => byPhase.get(phase) ?? []);
  sections.push(phases.slice(URGENT).flatMap((phase) => byPhase.get(phase) ?? []));
  const rows: ConsumerId[] = [];
  for (const section of sections) {
    if (rows.length >= MAX_ROWS) break;
    rows.push(...section.toSorted().slice(0, MAX_ROWS - rows.length));
  }
  return rows;
}

function rowOf(group: Group, consumer: ConsumerId, { state, wave }: Member, hold: Hold | undefined, place: number | undefined): MemberView {
  const waitsFor = state.due ? hold : undefined;
  const name = group.policy.waves[wave]?.name;
  const next = nextOf(state, waitsFor);
  return {
    consumer,
    phase: state.phase,
    content: state.content,
    since: state.since,
    ...(waitsFor === undefined ? reportedReason(state) : { reason: waitsFor.reason, message: explain(waitsFor) }),
    ...(name === undefined ? {} : { wave: name }),
    ...(next === undefined ? {} : { next }),
    ...(place === undefined ? {} : { place }),
  };
}

function reportedReason({ reason, message, failure }: Member['state']): Pick<MemberView, 'reason' | 'message' | 'failure'> {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(failure === undefined ? {} : { failure }),
  };
}

function nextOf({ due, phase, deadline }: Member['state'], hold: Hold | undefined): MemberView['next'] {
  if (due && phase !== 'Blocked') {
    const isKnown = hold?.until !== undefined && hold.reason !== 'WindowsNeverMeet' && hold.reason !== 'NotAllObserved';
    return isKnown && hold.until !== undefined ? { step: 'Restart', at: hold.until } : { step: 'Restart' };
  }
  return phase === 'Rolling' && deadline !== undefined ? { step: 'Deadline', at: deadline } : undefined;
}

function countsOf(byPhase: ReadonlyMap<Phase, readonly ConsumerId[]>): Record<Phase, number> {
  const count = (phase: Phase): number => byPhase.get(phase)?.length ?? 0;
  return {
    Failed: count('Failed'),
    Blocked: count('Blocked'),
    Rolling: count('Rolling'),
    Pending: count('Pending'),
    Healthy: count('Healthy'),
    Current: count('Current'),
    Baseline: count('Baseline'),
  };
}

/** By wave, then by name. */
function placesOf({ members }: Group): Map<ConsumerId, number> {
  const due = [...members].filter(([, { state }]) => state.due && state.phase !== 'Blocked');
  const order = due.sort(([one, { wave: first }], [other, { wave: second }]) => first - second || (one < other ? -1 : 1));
  return new Map(order.map(([id], index) => [id, index + 1]));
}
