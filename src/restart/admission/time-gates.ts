/** What time holds a workload for: settling, intervals, flapping sources and windows. */
import { type Ms, ms } from '../../base/time/clock.ts';
import { type CommonWindows, RETRY_MS } from '../policy/common-windows.ts';
import type { MergedPolicy } from '../policy/merge-policies.ts';
import { KUBELET_DELAY_MS, LONGEST_SETTLE_MS, type RestartLimits } from '../policy/policy.ts';
import type { ChangePace } from './change-pace.ts';
import type { AdmissionFacts, Hold } from './verdict.ts';

export interface TimedGroup {
  readonly id: string;
  readonly pace: ChangePace;
}

export interface TimeGates {
  readonly limits: RestartLimits;
  readonly windows: CommonWindows;
}

type Timed = Hold & { readonly until: Ms };

/** WindowsNeverMeet is tried again after this time: the horizon moves. */
const NEVER_MS = 86_400_000;

/** The gate that opens last, or undefined. `groups` are those that have a say, and `merged` their policy. A closed window counts only once the others are open. */
export function timeHold(
  { limits, windows }: TimeGates,
  merged: MergedPolicy,
  groups: readonly TimedGroup[],
  facts: AdmissionFacts,
  now: Ms,
): Timed | undefined {
  const holds = [...settling(merged, groups, facts), ...interval(merged, limits, facts), ...flapping(groups, facts)];
  const closed = holds.filter(({ until }) => until > now);
  if (closed.length > 0) return closed.reduce((last, one) => (one.until > last.until ? one : last));
  return facts.restartNow === true ? undefined : windowHold(windows, merged, facts, now);
}

function settling({ settle }: MergedPolicy, groups: readonly TimedGroup[], { dueSince, notBefore }: AdmissionFacts): Timed[] {
  const holds: Timed[] = [];
  const newest = Math.max(...groups.map(({ pace }) => pace.newest ?? Number.NEGATIVE_INFINITY));
  if (Number.isFinite(newest)) {
    const settled = Math.min(newest + settle.value, dueSince + LONGEST_SETTLE_MS);
    holds.push({ reason: 'Settling', group: settle.group ?? '', until: ms(Math.max(settled, newest + KUBELET_DELAY_MS)) });
  }
  if (notBefore !== undefined) holds.push({ reason: 'Settling', group: '', until: notBefore });
  return holds;
}

/** No resource and no annotation goes below the interval of the installation. */
function interval(
  { minInterval }: MergedPolicy,
  limits: RestartLimits,
  { lastPatchedAt, restartNow, minInterval: asked = ms(0) }: AdmissionFacts,
): Timed[] {
  if (lastPatchedAt === undefined) return [];
  const own = restartNow === true ? 0 : minInterval.value;
  const isOwn = own > limits.minInterval && own >= asked;
  const least = Math.max(own, limits.minInterval, restartNow === true ? 0 : asked);
  return [{ reason: 'MinInterval', group: isOwn ? (minInterval.group ?? '') : '', until: ms(lastPatchedAt + least) }];
}

/** Counted from the last restart, or from the first change: so a source that never rests is followed, but slowly. */
function flapping(groups: readonly TimedGroup[], { dueSince, lastPatchedAt, restartNow }: AdmissionFacts): Timed[] {
  if (restartNow === true) return [];
  const from = Math.max(lastPatchedAt ?? dueSince, Number.NEGATIVE_INFINITY);
  return groups
    .filter(({ pace }) => pace.delay > 0)
    .map(({ id, pace }) => ({ reason: 'SourceFlapping', group: id, until: ms(Math.min(from + pace.delay, pace.flapsUntil)) }));
}

function windowHold(windows: CommonWindows, merged: MergedPolicy, { dueSince }: AdmissionFacts, now: Ms): Timed | undefined {
  const sets = merged.windows.map((one) => one.windows);
  const [first, second] = merged.windows.map(({ group }) => group);
  const hold = (reason: 'WindowClosed' | 'WindowsNeverMeet', until: number): Timed => ({ reason, group: first ?? '', until: ms(until) });
  const namespace = first?.split('/', 2)[1];
  const opening = windows.openingOf(sets, now, namespace);
  switch (opening.kind) {
    case 'open':
      return undefined;
    case 'searching':
      return hold('WindowClosed', now + opening.after);
    case 'never':
      return { ...hold('WindowsNeverMeet', now + NEVER_MS), ...(second === undefined ? {} : { subject: second }) };
    case 'closed': {
      const isMissed = merged.missed.value === 'Immediately' ? windows.hasOpenedSince(sets, dueSince, now, namespace) : false;
      if (isMissed === undefined) return hold('WindowClosed', now + RETRY_MS);
      return isMissed ? undefined : hold('WindowClosed', opening.opensAt);
    }
    default:
      return opening satisfies never;
  }
}
