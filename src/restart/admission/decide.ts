/** Whether a due workload may be restarted now, and else what holds it. Changes nothing. */
import { LRUCache } from 'lru-cache';
import type { Ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import { type MergedPolicy, mergePolicies } from '../policy/merge-policies.ts';
import type { Group, Labels } from './group.ts';
import type { Slots } from './slots.ts';
import { timeHold, type TimeGates } from './time-gates.ts';
import { type AdmissionFacts, type Hold, type WaitReason } from './verdict.ts';

/** A due workload. `due`: ids of the groups in which it is due, by name. */
export interface Request {
  readonly id: ConsumerId;
  readonly namespace: string;
  readonly labels: Labels;
  readonly due: readonly string[];
  readonly facts: AdmissionFacts;
}

export type Decision =
  | { readonly kind: 'now'; readonly groups: readonly Group[]; readonly wavesConflict: boolean }
  /** `queues`: the groups whose change can let it go. One with a timer is also asked again at `until`. */
  | {
      readonly kind: 'wait';
      readonly hold: Hold;
      readonly hasTimer: boolean;
      readonly queues: readonly string[];
      readonly wavesConflict: boolean;
    };

/** Merged policies of the sets of groups that were asked for last. Most workloads share a set. */
const MAX_MERGED = 1_000;
/** Groups in all these sets. */
const MAX_MERGED_GROUPS = 10_000;

/** If all groups hold a workload: the reason that ends by itself first is said. */
const SOONEST: readonly WaitReason[] = ['Soaking', 'NotAllObserved', 'EarlierWave', 'NoHealthyCanary', 'Halted', 'DryRun', 'Suspended'];

export interface DecisionState {
  readonly groups: ReadonlyMap<string, Group>;
  readonly slots: Slots;
  readonly gates: TimeGates;
  /** While not all workloads of the installation were looked at: until when, at the latest. */
  readonly startsUntil: (now: Ms) => Ms | undefined;
}

export class Decisions {
  readonly #state: DecisionState;
  readonly #merged = new LRUCache<string, MergedPolicy>({ max: MAX_MERGED, maxSize: MAX_MERGED_GROUPS });

  constructor(state: DecisionState) {
    this.#state = state;
  }

  /** After each change of a policy. */
  forgetPolicies(): void {
    this.#merged.clear();
  }

  decide(request: Request, now: Ms): Decision {
    const startsUntil = this.#state.startsUntil(now);
    if (startsUntil !== undefined) return waitFor({ reason: 'NotAllObserved', group: '', until: startsUntil }, homeOf(request));
    const wavesConflict = this.#hasConflict(request.due);
    const { open, holds } = this.#split(request, now);
    const soonest = holds.toSorted((one, other) => SOONEST.indexOf(one.reason) - SOONEST.indexOf(other.reason))[0];
    if (open.length === 0 && soonest !== undefined) return waitFor(this.#planned(soonest, request, now), request.due, wavesConflict);
    const held = holds.map(({ group }) => group);
    const timed = timeHold(this.#state.gates, this.#merge(open), open, request.facts, now);
    if (timed !== undefined) return { kind: 'wait', hold: timed, hasTimer: true, queues: held, wavesConflict };
    const full = request.facts.healthyBefore ? this.#placeHold(request, open) : undefined;
    if (full === undefined) return { kind: 'now', groups: open, wavesConflict };
    const queues = full.group === '' ? homeOf({ ...request, due: open.slice(0, 1).map(({ id }) => id) }) : [full.group];
    return waitFor(full, [...queues, ...held], wavesConflict);
  }

  /** Place in the queue of the group: those that no wave and no place holds first, then by wave. Opposed waves: by name alone. */
  rankOf({ id, labels, facts }: Request, queue: string, wavesConflict: boolean): number {
    const group = this.#state.groups.get(queue);
    if (group === undefined) return 0;
    if (!facts.healthyBefore || group.members.get(id)?.state.phase === 'Failed') return -1;
    return wavesConflict ? 0 : group.waveOf(id, labels);
  }

  /** The groups that let it go, and what holds it in the others. A group that is not declared yet is unknown. */
  #split({ id, labels, due, facts }: Request, now: Ms): { open: Group[]; holds: Hold[] } {
    const open: Group[] = [];
    const holds: Hold[] = [];
    for (const name of due) {
      const group = this.#state.groups.get(name);
      const hold: Hold | undefined =
        group === undefined ? { reason: 'NotAllObserved', group: name } : group.holdFor(id, labels, facts.healthyBefore, now);
      if (hold !== undefined) holds.push(hold);
      else if (group !== undefined) open.push(group);
    }
    return { open, holds };
  }

  #placeHold({ id, namespace }: Request, open: readonly Group[]): Hold | undefined {
    const { slots, gates } = this.#state;
    const full = open.find((group) => !slots.hasRoomIn(group.id, group.policy.maxConcurrent, id));
    if (full !== undefined) return { reason: 'MaxConcurrent', group: full.id, subject: slots.of(full.id) };
    const reason = slots.limitFor(namespace, id);
    if (reason === undefined) return undefined;
    return { reason, group: '', subject: reason === 'NamespaceLimit' ? gates.limits.perNamespace : gates.limits.perInstallation };
  }

  /** With dryRun: when it would be restarted, as far as time says. */
  #planned(hold: Hold, { facts }: Request, now: Ms): Hold {
    const group = this.#state.groups.get(hold.group);
    if (hold.reason !== 'DryRun' || group === undefined) return hold;
    const timed = timeHold(this.#state.gates, this.#merge([group]), [group], facts, now);
    return timed === undefined || timed.reason === 'WindowsNeverMeet' ? hold : { ...hold, until: timed.until };
  }

  #hasConflict(due: readonly string[]): boolean {
    if (due.length < 2) return false;
    const withWaves = due.flatMap((name) => {
      const group = this.#state.groups.get(name);
      return group === undefined || group.policy.suspend || group.policy.waves.length < 2 ? [] : [group];
    });
    return withWaves.length > 1 && this.#merge(withWaves).waves.opposed.length > 0;
  }

  #merge(groups: readonly Group[]): MergedPolicy {
    const key = groups.map(({ id }) => id).join(' ');
    const known = this.#merged.get(key);
    if (known !== undefined) return known;
    const merged = mergePolicies(groups.map(({ id, policy }) => ({ group: id, policy })));
    this.#merged.set(key, merged, { size: Math.max(groups.length, 1) });
    return merged;
  }
}

/** Its groups. One that is due in none (restart-now) waits in a queue of its namespace; no group has such an id. */
function homeOf({ due, namespace }: Pick<Request, 'due' | 'namespace'>): readonly string[] {
  return due.length > 0 ? due : [`/${namespace}`];
}

function waitFor(hold: Hold, queues: readonly string[], wavesConflict = false): Decision {
  return { kind: 'wait', hold, hasTimer: false, queues, wavesConflict };
}
