/** The policy for one workload for which several groups have a say: in each field the strictest value, and whose it is. Pure. */
import type { Ms } from '../../base/time/clock.ts';
import { ms } from '../../base/time/clock.ts';
import type { WindowSpec } from '../../base/schedule/schedule-window.ts';
import type { RestartPolicy } from './policy.ts';
import { mergeWaves, type MergedWaves } from './waves.ts';

export interface GroupPolicy {
  readonly group: string;
  readonly policy: RestartPolicy;
}

/** A value and the group whose policy has it: the first by name if several have. `group` is undefined where no policy has a say. */
export interface Decided<T> {
  readonly value: T;
  readonly group: string | undefined;
}

export interface MergedPolicy {
  /** The greatest. */
  readonly settle: Decided<Ms>;
  readonly minInterval: Decided<Ms>;
  /** The least. */
  readonly maxConcurrent: Decided<number>;
  readonly maxFailures: Decided<number>;
  readonly timeout: Decided<Ms>;
  /** Halt over Continue. */
  readonly onFailure: Decided<RestartPolicy['onFailure']>;
  /** NextWindow over Immediately, among the policies that have windows. */
  readonly missed: Decided<RestartPolicy['missed']>;
  /** Of each policy that has windows; a window of each must be open. */
  readonly windows: readonly { readonly group: string; readonly windows: readonly WindowSpec[] }[];
  readonly waves: MergedWaves;
}

/** `due`: the groups that have a say. Without any: nothing is limited. */
export function mergePolicies(due: readonly GroupPolicy[]): MergedPolicy {
  const groups = due.toSorted((left, right) => (left.group < right.group ? -1 : 1));
  const withWindows = groups.filter(({ policy }) => policy.windows.length > 0);
  const most = (field: 'settle' | 'minInterval'): Decided<Ms> => strictest(groups, ms(0), (policy) => policy[field], Math.sign);
  const least = (field: 'maxConcurrent' | 'maxFailures'): Decided<number> =>
    strictest(groups, Number.POSITIVE_INFINITY, (policy) => policy[field], negative);
  return {
    settle: most('settle'),
    minInterval: most('minInterval'),
    maxConcurrent: least('maxConcurrent'),
    maxFailures: least('maxFailures'),
    timeout: strictest(groups, ms(Number.POSITIVE_INFINITY), ({ timeout }) => timeout, negative),
    onFailure: firstWith(groups, ({ onFailure }) => onFailure, 'Halt', 'Continue'),
    missed: firstWith(withWindows, ({ missed }) => missed, 'NextWindow', 'Immediately'),
    windows: withWindows.map(({ group, policy }) => ({ group, windows: policy.windows })),
    waves: mergeWaves(groups.map(({ policy }) => policy.waves)),
  };
}

function negative(difference: number): number {
  return -difference;
}

/** `rank` of the difference to the strictest so far is above 0 for a stricter value. */
function strictest<T extends number>(
  groups: readonly GroupPolicy[],
  neutral: T,
  valueOf: (policy: RestartPolicy) => T,
  rank: (difference: number) => number,
): Decided<T> {
  let found: Decided<T> = { value: neutral, group: undefined };
  for (const { group, policy } of groups) {
    const value = valueOf(policy);
    if (found.group === undefined || rank(value - found.value) > 0) found = { value, group };
  }
  return found;
}

function firstWith<T>(groups: readonly GroupPolicy[], valueOf: (policy: RestartPolicy) => T, strict: T, lax: T): Decided<T> {
  const found = groups.find(({ policy }) => valueOf(policy) === strict);
  return found === undefined ? { value: lax, group: groups[0]?.group } : { value: strict, group: found.group };
}
