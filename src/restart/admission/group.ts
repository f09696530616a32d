/** The workloads that one policy governs for one source, and what holds them: all of it from their reports. Pure data. */
import type { Ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import type { RestartPolicy } from '../policy/policy.ts';
import { waveOf } from '../policy/waves.ts';
import type { SourceContent } from '../source/content.ts';
import { changePace, type ChangePace } from './change-pace.ts';
import { type MemberState, standingOf } from './member.ts';
import type { Hold } from './verdict.ts';
import { WaveTally } from './wave-tally.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Member {
  readonly state: MemberState;
  readonly labels: Labels;
  readonly wave: number;
}

export interface GroupSpec {
  readonly policy: RestartPolicy;
  readonly content: SourceContent;
  /** All workloads that it governs, as the operator knows them now. */
  readonly members: () => Iterable<ConsumerId>;
  /** Whether it is gone with its last member: nobody retires the group of a source that workloads alone ask for. Default false. */
  readonly endsWithMembers?: boolean;
}

export class Group {
  readonly id: string;
  /** Reports with a higher number came after the group was declared. */
  readonly declaredAt: number;
  readonly #endsWithMembers: boolean;
  readonly members = new Map<ConsumerId, Member>();
  /** Workloads that were not reported since the group was declared. */
  readonly unobserved = new Set<ConsumerId>();
  #policy: RestartPolicy;
  #content: SourceContent;
  #pace: ChangePace;
  #tally: WaveTally;
  #gate = '';

  constructor(id: string, declaredAt: number, { policy, content, endsWithMembers = false }: Omit<GroupSpec, 'members'>) {
    this.#endsWithMembers = endsWithMembers;
    this.id = id;
    this.declaredAt = declaredAt;
    this.#policy = policy;
    this.#content = content;
    this.#pace = changePace(content);
    this.#tally = new WaveTally(policy.waves);
  }

  get policy(): RestartPolicy {
    return this.#policy;
  }

  get content(): SourceContent {
    return this.#content;
  }

  get pace(): ChangePace {
    return this.#pace;
  }

  get isOver(): boolean {
    return this.#endsWithMembers && this.members.size === 0 && this.unobserved.size === 0;
  }

  get failures(): number {
    return this.#tally.failures;
  }

  get isHalted(): boolean {
    return this.#policy.onFailure === 'Halt' && this.#tally.failures > this.#policy.maxFailures;
  }

  /** With the same policy and content nothing changes. Else the waves begin again: O(members). */
  update(policy: RestartPolicy, content: SourceContent): void {
    const isSameOrder = policy.waves === this.#policy.waves;
    this.#policy = policy;
    this.#content = content;
    this.#pace = changePace(content);
    this.#gate = '';
    this.#tally = new WaveTally(policy.waves);
    for (const [id, { state, labels, wave }] of this.members) this.#add(id, state, labels, isSameOrder ? wave : undefined);
  }

  /** Returns whether anything has changed. */
  report(id: ConsumerId, state: MemberState, labels: Labels): boolean {
    const before = this.members.get(id);
    const isSameState = before !== undefined && isSame(before.state, state);
    if (isSameState && before.labels === labels) return false;
    this.#remove(before);
    const wave = this.#add(id, state, labels);
    return !isSameState || wave !== before.wave;
  }

  /** It is no member any more. Returns whether it was one. */
  leave(id: ConsumerId): boolean {
    this.#remove(this.members.get(id));
    return this.members.delete(id);
  }

  waveOf(id: ConsumerId, labels: Labels): number {
    return this.members.get(id)?.wave ?? waveOf(this.#policy, labels);
  }

  /** Whether it holds back others than before, since the last call. Then members that are due in several groups may go without it. */
  takeGateChange(): boolean {
    const gate = [this.unobserved.size === 0, this.isHalted, this.#tally.firstClosed(this.#policy.onFailure === 'Halt')].join(' ');
    const hasChanged = gate !== this.#gate;
    this.#gate = gate;
    return hasChanged;
  }

  /** What holds the workload in this group, apart from time and places. */
  holdFor(id: ConsumerId, labels: Labels, isHealthy: boolean, now: Ms): Hold | undefined {
    if (this.#policy.suspend) return this.#hold('Suspended');
    if (this.#policy.dryRun) return this.#hold('DryRun');
    const state = this.members.get(id)?.state;
    const unseen = this.#firstUnseen(id, state);
    if (unseen !== undefined) return this.#hold('NotAllObserved', unseen);
    // One that has failed itself cannot get worse, and its restart may be the cure. It leads its queue, so no wave may hold it.
    if (state?.phase === 'Failed') return undefined;
    if (this.isHalted) return this.#hold('Halted', this.#tally.failures);
    return isHealthy ? this.#waveHold(this.waveOf(id, labels), now) : undefined;
  }

  /** A workload without a report, or this one if its report is older than the content of the group. */
  #firstUnseen(id: ConsumerId, state: MemberState | undefined): ConsumerId | undefined {
    for (const unobserved of this.unobserved) return unobserved;
    return state !== undefined && state.judgedBy !== this.#content.content ? id : undefined;
  }

  #waveHold(wave: number, now: Ms): Hold | undefined {
    for (let earlier = 0; earlier < wave; earlier += 1) {
      const name = this.#policy.waves[earlier]?.name ?? '';
      const needsSuccess = this.#policy.onFailure === 'Halt';
      const held = this.#tally.holdBehind(earlier, needsSuccess, now);
      if (held !== undefined) return { ...held, group: this.id, subject: name };
    }
    return undefined;
  }

  #hold(reason: Hold['reason'], subject?: string | number): Hold {
    return { reason, group: this.id, ...(subject === undefined ? {} : { subject }) };
  }

  #add(id: ConsumerId, state: MemberState, labels: Labels, known?: number): number {
    const wave = known ?? waveOf(this.#policy, labels);
    this.members.set(id, { state, labels, wave });
    this.#tally.add(wave, standingOf(state, this.#content.content), state.since);
    return wave;
  }

  #remove(member: Member | undefined): void {
    if (member !== undefined) this.#tally.remove(member.wave, standingOf(member.state, this.#content.content), member.state.since);
  }
}

const FIELDS = [
  'phase',
  'content',
  'judgedBy',
  'due',
  'since',
  'healthyBefore',
  'hasPod',
  'reason',
  'message',
  'deadline',
] as const satisfies readonly (keyof MemberState)[];

function isSame(one: MemberState, other: MemberState): boolean {
  return FIELDS.every((field) => one[field] === other[field]);
}
