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

export interface PhaseCount {
  readonly phase: Phase;
  /** In the words of the restart engine; undefined: the phase says all. */
  readonly reason: string | undefined;
  readonly count: number;
}

export class PhaseLog {
  readonly #seen = new Map<ConsumerId, SeenPhase>();
  /** Those that run an earlier content, which are few. */
  readonly #behind = new Map<ConsumerId, SeenPhase>();
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
    if (isBehind(now.phase)) this.#behind.set(id, now);
    this.#counts.set(now.phase, (this.#counts.get(now.phase) ?? 0) + 1);
    return { now, before: before ?? 'first' };
  }

  forget(id: ConsumerId): void {
    const before = this.#seen.get(id);
    if (before === undefined) return;
    this.#seen.delete(id);
    this.#behind.delete(id);
    this.#counts.set(before.phase, (this.#counts.get(before.phase) ?? 1) - 1);
  }

  /**
   * Workloads by phase and reason, each phase once at least. `waitsFor`: what holds one that is due, which changes without its rounds. Looks at all workloads that run
   * an earlier content, for one scrape.
   */
  counts(waitsFor: (id: ConsumerId) => string | undefined): readonly PhaseCount[] {
    const byReason = new Map<string, PhaseCount>();
    for (const [id, { phase, reason: said }] of this.#behind) {
      const reason = (phase === 'Pending' ? waitsFor(id) : undefined) ?? said;
      const key = `${phase} ${reason ?? ''}`;
      byReason.set(key, { phase, reason, count: (byReason.get(key)?.count ?? 0) + 1 });
    }
    const counted = new Set(Array.from(byReason.values(), ({ phase }) => phase));
    const others = phases
      .filter((phase) => !counted.has(phase))
      .map((phase) => ({ phase, reason: undefined, count: this.#counts.get(phase) ?? 0 }));
    return [...byReason.values(), ...others];
  }

  /** Since when the workload that has waited longest runs an earlier content; undefined: none does. */
  get oldestWaiting(): Ms | undefined {
    let oldest: Ms | undefined;
    for (const { since } of this.#behind.values()) if (oldest === undefined || since < oldest) oldest = since;
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
