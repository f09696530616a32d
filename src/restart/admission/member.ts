/** Where a workload stands in one group: what its round reports. Types only, and the words of the state. */
import type { Ms } from '../../base/time/clock.ts';
import type { Failure } from '../../failure/failure.ts';

export type Phase = 'Baseline' | 'Current' | 'Pending' | 'Blocked' | 'Rolling' | 'Healthy' | 'Failed';

/** In the order of the status. */
export const phases = ['Failed', 'Blocked', 'Rolling', 'Pending', 'Healthy', 'Current', 'Baseline'] as const satisfies readonly Phase[];

/** Reason of a member whose template somebody else changed during the rollout: no failure, but no proof for the wave either. */
export const SUPERSEDED = 'Superseded';

export interface MemberState {
  readonly phase: Phase;
  /** Content id that its pods read or will read; undefined: unknown. */
  readonly content: string | undefined;
  /** Content id of the source by which the phase was found. Where the group has other content, the state is out of date. */
  readonly judgedBy: string;
  /** Whether it needs a restart for that content. Pending ones are due, but also others can be: Rolling, Healthy or Failed with older content, Blocked. */
  readonly due: boolean;
  /** Wall clock: when the phase began. For Healthy, Current and Baseline the soak of the wave begins then. */
  readonly since: Ms;
  /** Rolling, and all others that are not due: whether it was healthy before its last restart. Else whether it is healthy now. */
  readonly healthyBefore: boolean;
  /** Whether it has a pod with that content. */
  readonly hasPod: boolean;
  /** For people: a word, and a sentence of at most 300 characters. */
  readonly reason?: string;
  readonly message?: string;
  /** Why the last attempt to restart it was refused. With phase Failed: its pods are not to blame. */
  readonly failure?: Failure;
  /** Of Rolling: when it fails if it is not healthy before. */
  readonly deadline?: Ms;
}

/** What a member means for its wave. */
export interface Standing {
  /** The wave must wait for it. */
  readonly isUnfinished: boolean;
  /** It shows that the content works. */
  readonly isProof: boolean;
  readonly hasFailed: boolean;
}

const NOTHING: Standing = { isUnfinished: false, isProof: false, hasFailed: false };
const UNFINISHED: Standing = { ...NOTHING, isUnfinished: true };
const PROOF: Standing = { ...NOTHING, isProof: true };
const FAILED: Standing = { ...NOTHING, hasFailed: true };

/** `content`: that of the group. A state that was found by other content says nothing, so the wave waits for the next one. */
export function standingOf(state: MemberState, content: string): Standing {
  if (state.judgedBy !== content) return UNFINISHED;
  if (state.phase === 'Blocked') return NOTHING;
  if (!state.healthyBefore) return isCured(state) ? PROOF : NOTHING;
  if (state.due || state.phase === 'Rolling' || state.phase === 'Pending') return UNFINISHED;
  if (state.phase === 'Failed') return FAILED;
  return isProof(state) ? PROOF : NOTHING;
}

/** One that was created a moment before, or that the content has cured, shows it as well as any other. */
function isCured(state: MemberState): boolean {
  return state.phase === 'Healthy' && isProof(state);
}

function isProof({ due, hasPod, reason }: MemberState): boolean {
  return !due && hasPod && reason !== SUPERSEDED;
}
