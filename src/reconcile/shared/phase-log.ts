/** The phase in which each workload was seen last: changes of it are told once, and metrics count it. After a start all is new, and only trouble is told. */
import type { Ms } from '../../base/time/clock.ts';
import { type MemberState, type Phase, phases } from '../../restart/admission/member.ts';
import type { ConsumerId } from '../../restart/consumer/consumer.ts';

export interface SeenPhase {
  readonly phase: Phase;
  readonly reason: string | undefined;
  /** Wall clock. */
  readonly since: Ms;
}

export class PhaseLog {
  readonly #seen = new Map<ConsumerId, SeenPhase>();
  readonly #counts = new Map<Phase, number>();

  /** The phase of its worst group. Returns the one before if it was another; `first` if there was none. */
  saw(id: ConsumerId, states: Iterable<MemberState>): { readonly now: SeenPhase; readonly before: SeenPhase | 'first' } | undefined {
    const now = worstOf(states);
    const before = this.#seen.get(id);
    if (now === undefined) {
      this.forget(id);
      return undefined;
    }
    if (before?.phase === now.phase && before.reason === now.reason) return undefined;
    this.forget(id);
    this.#seen.set(id, now);
    this.#counts.set(now.phase, (this.#counts.get(now.phase) ?? 0) + 1);
    return { now, before: before ?? 'first' };
  }

  forget(id: ConsumerId): void {
    const before = this.#seen.get(id);
    if (before === undefined) return;
    this.#seen.delete(id);
    this.#counts.set(before.phase, (this.#counts.get(before.phase) ?? 1) - 1);
  }

  /** Workloads by phase. */
  *counts(): Generator<readonly [Phase, number]> {
    for (const phase of phases) yield [phase, this.#counts.get(phase) ?? 0];
  }

  /** Since when the workload that has waited longest runs an earlier content; undefined: none does. Looks at all workloads, for one scrape. */
  get oldestWaiting(): Ms | undefined {
    let oldest: Ms | undefined;
    for (const { phase, since } of this.#seen.values()) {
      if (isBehind(phase) && (oldest === undefined || since < oldest)) oldest = since;
    }
    return oldest;
  }
}

function isBehind(phase: Phase): boolean {
  return phase === 'Pending' || phase === 'Rolling' || phase === 'Blocked' || phase === 'Failed';
}

function worstOf(states: Iterable<MemberState>): SeenPhase | undefined {
  let worst: MemberState | undefined;
  for (const state of states) if (worst === undefined || phases.indexOf(state.phase) < phases.indexOf(worst.phase)) worst = state;
  return worst && { phase: worst.phase, reason: worst.reason, since: worst.since };
}
