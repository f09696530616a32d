/**
 * Bounds how many ExternalSecrets may restart one workload. A selector costs its author nothing for each workload that it selects, but each of them takes memory
 * and time for each policy. Pure.
 */
import type { Consumer } from '../consumer/consumer.ts';
import { consumptionOf } from './demands-of.ts';
import type { RestartSpec } from './restart-spec.ts';

/** By a name of a target, or because the workload consumes the Secret. */
export const MAX_FOLLOWED = 500;
/** By labels only. */
export const MAX_SELECTING = 50;

export interface FollowedSpecs {
  readonly followed: readonly RestartSpec[];
  /** How many are left out: TooManyReferences. */
  readonly omitted: number;
}

/** `specs`: those that govern the workload. Of too many the first ones by name stay, so that each round finds the same. */
export function followedSpecs(specs: readonly RestartSpec[], consumer: Consumer): FollowedSpecs {
  if (specs.length <= MAX_SELECTING) return { followed: specs, omitted: 0 };
  const { selecting = [], others = [] } = Object.groupBy(specs, (spec) => (selectsOnly(spec, consumer) ? 'selecting' : 'others'));
  const followed = [...firstOf(others, MAX_FOLLOWED), ...firstOf(selecting, MAX_SELECTING)];
  return { followed, omitted: specs.length - followed.length };
}

function selectsOnly({ members, secretName }: RestartSpec, consumer: Consumer): boolean {
  const { kind, metadata } = consumer;
  if (typeof members === 'string' || consumptionOf(consumer, { kind: 'Secret', name: secretName }) !== undefined) return false;
  return !members.some((member) => member.kind === kind && 'name' in member && member.name === metadata.name);
}

function firstOf(specs: readonly RestartSpec[], most: number): readonly RestartSpec[] {
  if (specs.length <= most) return specs;
  return specs.toSorted(({ group: one }, { group: other }) => (one < other ? -1 : 1)).slice(0, most);
}
