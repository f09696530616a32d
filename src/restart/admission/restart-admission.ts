/**
 * Decides when each workload is restarted: how many at once, in which waves, and when a failure stops the rest. Everything here follows from reports and may be
 * lost at any time: after a start, a group decides nothing until each of its members was reported.
 *
 * The round of a workload calls `report`, and then `admit` if the workload is due. A workload that must wait is woken when it may go.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import { CommonWindows } from '../policy/common-windows.ts';
import type { RestartLimits } from '../policy/policy.ts';
import { Decisions, type Request } from './decide.ts';
import type { Group, GroupSpec, Labels } from './group.ts';
import type { MemberState } from './member.ts';
import { Reservations } from './reservations.ts';
import { Roster } from './roster.ts';
import { Slots } from './slots.ts';
import type { AdmissionFacts, Verdict, WaitReason } from './verdict.ts';
import { type GroupView, viewOf } from './view.ts';
import { explain } from './wait-text.ts';
import type { Waiting, WakerPort } from './waiting.ts';
import { Waker } from './waker.ts';

/** What a round knows of the workload in each group that governs it, due or not. */
export interface ConsumerReport {
  readonly namespace: string;
  readonly labels: Labels;
  readonly states: ReadonlyMap<string, MemberState>;
}

/** After a start nothing is let go for this time at most, unless all workloads were reported before: their places are unknown. */
export const START_MS = ms(60_000);

export class RestartAdmission {
  readonly #clock: Clock;
  readonly #port: WakerPort;
  readonly #windows: CommonWindows;
  readonly #roster = new Roster();
  readonly #slots: Slots;
  readonly #reservations: Reservations;
  readonly #decisions: Decisions;
  readonly #waker: Waker;
  /** Groups that hold others back than before. */
  readonly #newGates = new Set<string>();
  /** Monotonic. */
  #startedAt: Ms;

  constructor(clock: Clock, limits: RestartLimits, port: WakerPort) {
    this.#clock = clock;
    this.#port = port;
    this.#startedAt = clock.monotonic();
    this.#windows = new CommonWindows(clock);
    this.#slots = new Slots(limits);
    this.#decisions = new Decisions({
      groups: this.#roster.groups,
      slots: this.#slots,
      gates: { limits, windows: this.#windows },
      startsUntil: (now) => this.#startsUntil(now),
    });
    this.#reservations = new Reservations(clock, this.#slots, (groups) => this.#waker.placeFreed(groups));
    this.#waker = new Waker({
      clock,
      port,
      slots: this.#slots,
      decisions: this.#decisions,
      reservations: () => this.#reservations,
    });
  }

  /** Once, when the workloads are listed: all that will be reported or forgotten. */
  expect(consumers: Iterable<ConsumerId>): void {
    this.#startedAt = this.#clock.monotonic();
    this.#roster.expect(consumers);
  }

  /**
   * Tells the policy and the content of a group, at its first sight and whenever they may have changed; before the reports that are judged by them. Wakes the
   * members that were not reported since its first declaration.
   */
  declare(id: string, spec: GroupSpec): void {
    const known = this.#roster.groups.get(id);
    const group = this.#roster.declare(id, spec);
    if (known === undefined) this.#newPolicy(group);
    else this.#update(known, spec);
    for (const member of this.#roster.findUnobserved(group, spec.members())) this.#port.wake(member);
    this.#noteGate(group);
    this.#settle(false);
  }

  #newPolicy({ policy }: Group): void {
    this.#decisions.forgetPolicies();
    this.#windows.learn(policy.windows);
  }

  #update(group: Group, { policy, content }: GroupSpec): void {
    const isNewPolicy = !isDeepStrictEqual(group.policy, policy);
    if (!isNewPolicy && isDeepStrictEqual(group.content, content)) return;
    group.update(isNewPolicy ? policy : group.policy, content);
    if (isNewPolicy) {
      this.#newPolicy(group);
      for (const member of group.members.keys()) this.#waker.reconsider(member, group.id);
    }
    this.#port.changed([group.id]);
  }

  /** The group is gone. Its members are woken. */
  retire(id: string): void {
    if (this.#roster.retire(id) === undefined) return;
    this.#decisions.forgetPolicies();
    this.#waker.release(id);
    this.#waker.settle(this.#clock.now());
  }

  /** At the start of each round of a workload, also if no group governs it. */
  report(id: ConsumerId, { namespace, labels, states }: ConsumerReport): void {
    const wasStarting = this.#roster.missing > 0;
    for (const group of this.#roster.report(id, namespace, labels, states)) this.#changed(group);
    this.#waker.hasRound(id);
    this.#reservations.reported(id, namespace, states);
    this.#wakeAtDeadline(id, states);
    const isDue = [...states.values()].some((state) => state.due);
    if (!isDue) this.#waker.unpark(id);
    this.#settle(wasStarting);
  }

  /**
   * A round of the workload has begun, and waits for its pods. Its groups wait for its report, but other tenants do not: somebody can have thousands of workloads
   * whose pods must be asked. At worst one that rolls for a restart before has a place that is not counted until then.
   */
  lookedAt(id: ConsumerId): void {
    const wasStarting = this.#roster.missing > 0;
    this.#roster.lookedAt(id);
    this.#settle(wasStarting);
  }

  /** The workload is gone. */
  forget(id: ConsumerId): void {
    const wasStarting = this.#roster.missing > 0;
    for (const group of this.#roster.forget(id)) this.#changed(group);
    this.#waker.unpark(id);
    this.#reservations.forget(id);
    this.#settle(wasStarting);
  }

  /**
   * After `report`, for a workload that is due in these groups, or that is to be restarted by hand (then they may be none). `now`: it has a place until it is
   * reported as not due, or is released. `wait`: it is woken when it may go.
   */
  admit(id: ConsumerId, dueGroups: readonly string[], facts: AdmissionFacts): Verdict {
    const now = this.#clock.now();
    const known = this.#roster.of(id);
    const due = [...new Set(dueGroups)].sort();
    const { namespace = '', labels = {} } = known ?? {};
    const request: Request = { id, namespace, labels, due, facts };
    this.#reservations.expire();
    const decision = this.#decisions.decide(request, now);
    if (decision.kind === 'wait') {
      this.#reservations.cancel(id);
      // One that was forgotten meanwhile is not woken any more.
      if (known !== undefined) this.#waker.park(request, decision, now, true);
      this.#waker.settle(now);
      return waitVerdict(decision);
    }
    this.#waker.unpark(id);
    if (facts.healthyBefore) this.#reservations.admit(id, namespace, due);
    else this.#reservations.cancel(id);
    this.#waker.settle(now);
    const { groups, wavesConflict } = decision;
    const waved = groups.find(({ policy }) => policy.waves.length > 0);
    const wave = waved?.policy.waves[waved.waveOf(id, labels)]?.name;
    return { kind: 'now', groups: groups.map((group) => group.id), wavesConflict, ...(wave === undefined ? {} : { wave }) };
  }

  /** The restart that was admitted did not happen, such as a refused patch: its place is for others until it asks again. */
  release(id: ConsumerId): void {
    this.#reservations.cancel(id);
    this.#waker.settle(this.#clock.now());
  }

  /** Undefined: the group is not declared. Looks at each member: for one status, not for one round of a workload. */
  viewOf(id: string): GroupView | undefined {
    const group = this.#roster.groups.get(id);
    const now = this.#clock.now();
    return group === undefined ? undefined : viewOf(group, (consumer) => this.#waker.holdOf(consumer, now));
  }

  /** Whether all workloads that were expected at the start were reported or forgotten. */
  get isComplete(): boolean {
    return this.#roster.missing === 0;
  }

  /** What a workload that is due waits for. Undefined: it does not wait. */
  waitOf(id: ConsumerId): WaitReason | undefined {
    return this.#waker.reasonOf(id, this.#clock.now());
  }

  /** Workloads that have a place: those that roll, and those that are about to. */
  get inFlight(): number {
    return this.#slots.total;
  }

  /** At each report, because a round ends the timers of its workload. */
  #wakeAtDeadline(id: ConsumerId, states: ReadonlyMap<string, MemberState>): void {
    const now = this.#clock.now();
    for (const { phase, deadline } of states.values())
      if (phase === 'Rolling' && deadline !== undefined && deadline > now) this.#port.wakeAfter(id, ms(deadline - now));
  }

  #changed(group: Group): void {
    this.#noteGate(group);
    this.#port.changed([group.id]);
  }

  #noteGate(group: Group): void {
    this.#waker.touch(group.id);
    if (group.takeGateChange()) this.#newGates.add(group.id);
  }

  #settle(wasStarting: boolean): void {
    const now = this.#clock.now();
    if (wasStarting && this.#roster.missing === 0) this.#waker.touchAll();
    for (const group of this.#newGates) this.#waker.reconsiderShared(group);
    this.#newGates.clear();
    this.#waker.settle(now);
  }

  #startsUntil(now: Ms): Ms | undefined {
    const left = this.#startedAt + START_MS - this.#clock.monotonic();
    return this.#roster.missing > 0 && left > 0 ? ms(now + left) : undefined;
  }
}

function waitVerdict({ hold, wavesConflict }: Waiting): Verdict {
  return { kind: 'wait', ...hold, detail: explain(hold), wavesConflict };
}
