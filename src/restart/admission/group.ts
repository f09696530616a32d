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
}

export class Group {
  readonly id: string;
  /** Reports with a higher number came after the group was declared. */
  readonly declaredAt: number;
  readonly members = new Map<ConsumerId, Member>();
  /** Workloads that were not reported since the group was declared. */
  readonly unobserved = new Set<ConsumerId>();
  #policy: RestartPolicy;
  #content: SourceContent;
  #pace: ChangePace;
  #tally: WaveTally;

  constructor(id: string, declaredAt: number, { policy, content }: Pick<GroupSpec, 'policy' | 'content'>) {
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

  get failures(): number {
    return this.#tally.failures;
  }

  get isHalted(): boolean {
    return this.#policy.onFailure === 'Halt' && this.#tally.failures > this.#policy.maxFailures;
  }

  /** With the same policy and content nothing changes. Else the waves begin again: O(members). */
  update(policy: RestartPolicy, content: SourceContent): void {
    this.#policy = policy;
    this.#content = content;
    this.#pace = changePace(content);
    this.#tally = new WaveTally(policy.waves);
    for (const [id, { state, labels }] of this.members) this.#add(id, state, labels);
  }

  /** Undefined: no member. Returns whether anything has changed. */
  report(id: ConsumerId, state: MemberState | undefined, labels: Labels): boolean {
    const before = this.members.get(id);
    if (before === undefined && state === undefined) return false;
    const isSameState = before !== undefined && state !== undefined && isSame(before.state, state);
    if (isSameState && before.labels === labels) return false;
    if (before !== undefined) this.#tally.remove(before.wave, standingOf(before.state, this.#content.content), before.state.since);
    if (state === undefined) this.members.delete(id);
    else this.#add(id, state, labels);
    return !isSameState || this.members.get(id)?.wave !== before.wave;
  }

  waveOf(id: ConsumerId, labels: Labels): number {
    return this.members.get(id)?.wave ?? waveOf(this.#policy, labels);
  }

  /** What holds the workload in this group, apart from time and places. */
  holdFor(id: ConsumerId, labels: Labels, isHealthy: boolean, now: Ms): Hold | undefined {
    if (this.#policy.suspend) return this.#hold('Suspended');
    if (this.#policy.dryRun) return this.#hold('DryRun');
    const state = this.members.get(id)?.state;
    const [unobserved] = this.unobserved;
    if (unobserved !== undefined) return this.#hold('NotAllObserved', unobserved);
    if (state !== undefined && state.judgedBy !== this.#content.content) return this.#hold('NotAllObserved', id);
    // One that has failed itself cannot get worse, and its restart may be the cure.
    if (this.isHalted && state?.phase !== 'Failed') return this.#hold('Halted', this.#tally.failures);
    return isHealthy ? this.#waveHold(this.waveOf(id, labels), now) : undefined;
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

  #add(id: ConsumerId, state: MemberState, labels: Labels): void {
    const wave = waveOf(this.#policy, labels);
    this.members.set(id, { state, labels, wave });
    this.#tally.add(wave, standingOf(state, this.#content.content), state.since);
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
