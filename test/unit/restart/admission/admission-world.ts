// Workloads, their rounds and their rollouts in memory. Rounds run only when a change, `wake` or `wakeAfter` asks for them, as in the controller.
import { type Clock, type Ms, ms } from '../../../../src/base/time/clock.ts';
import type { MemberState } from '../../../../src/restart/admission/member.ts';
import { RestartAdmission } from '../../../../src/restart/admission/restart-admission.ts';
import type { AdmissionFacts, Verdict } from '../../../../src/restart/admission/verdict.ts';
import { defaultLimits, defaultPolicy, type RestartLimits, type RestartPolicy } from '../../../../src/restart/policy/policy.ts';
import type { ContentChange, SourceContent } from '../../../../src/restart/source/content.ts';

/** How the rollouts of a workload end. stuck: not at all, until it fails at its deadline. */
export type Outcome = 'healthy' | 'fails' | 'stuck';

export interface Workload {
  readonly id: string;
  readonly namespace: string;
  labels: Record<string, string>;
  readonly groups: readonly string[];
  /** Content that the pods have, by group. */
  readonly content: Map<string, string>;
  phase: 'Current' | 'Rolling' | 'Healthy' | 'Failed' | 'Blocked';
  since: Ms;
  isHealthy: boolean;
  healthyBefore: boolean;
  hasPod: boolean;
  outcome: Outcome;
  /** Counts rollouts: the end of an earlier one means nothing. */
  rollout: number;
  /** Groups whose content the present rollout brought. */
  rolled: readonly string[];
  lastPatchedAt?: Ms;
  dueSince?: Ms;
  /** What the workload itself asks for. */
  minInterval?: Ms;
  restartNow: boolean;
  superseded: boolean;
  verdict: Verdict | undefined;
  /** As last reported. */
  reported: ReadonlyMap<string, MemberState>;
}

export const ROLL_MS = 20_000;
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
/** Two groups of the namespace in which workloads are made by default. */
export const A = 'ExternalSecret/ns/a';
export const B = 'ExternalSecret/ns/b';
export const CANARY_FIRST = [
  { name: 'canary', selector: { matchLabels: { tier: 'canary' } }, soak: ms(0) },
  { name: 'rest', soak: ms(0) },
];

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class World {
  readonly clock: Clock = {
    now: () => ms(this.#now),
    monotonic: () => ms(this.#now - Date.UTC(2025, 0, 1)),
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
  };
  readonly workloads = new Map<string, Workload>();
  readonly policies = new Map<string, RestartPolicy>();
  readonly contents = new Map<string, SourceContent>();
  readonly limits: RestartLimits;
  /** Ids in the order in which they were let go. */
  readonly patched: string[] = [];
  readonly changedGroups = new Set<string>();
  admission: RestartAdmission;
  rounds = 0;
  /** Rounds of these workloads fail before they report. */
  readonly broken = new Set<string>();
  /** Called when a workload was let go, before its patch. */
  onGo: (workload: Workload, verdict: Extract<Verdict, { kind: 'now' }>) => void = () => undefined;
  readonly #queue = new Set<string>();
  readonly #delayed = new Map<string, number>();
  readonly #timers: Timer[] = [];
  #now: number = Date.UTC(2026, 2, 2, 12);
  #order = 0;
  #epoch = 0;

  constructor(limits: Partial<RestartLimits> = {}) {
    this.limits = { ...defaultLimits, minInterval: ms(0), ...limits };
    this.admission = this.#newAdmission();
  }

  group(id: string, policy: Partial<RestartPolicy> = {}): void {
    this.policies.set(id, { ...defaultPolicy, settle: ms(0), ...policy });
    if (!this.contents.has(id)) this.contents.set(id, { sequence: 1, content: 'c1', changes: [] });
    this.declare(id);
    this.run();
  }

  workload(name: string, groups: readonly string[], options: Partial<Workload> = {}): Workload {
    const namespace = options.namespace ?? 'ns';
    const id = `Deployment/${namespace}/${name}`;
    const workload: Workload = {
      id,
      namespace,
      labels: {},
      groups,
      content: new Map(groups.map((group) => [group, this.contents.get(group)?.content ?? ''])),
      phase: 'Current',
      since: this.clock.now(),
      isHealthy: true,
      healthyBefore: true,
      hasPod: true,
      outcome: 'healthy',
      rollout: 0,
      rolled: [],
      restartNow: false,
      superseded: false,
      verdict: undefined,
      reported: new Map(),
      ...options,
    };
    this.workloads.set(id, workload);
    this.#enqueue(id);
    return workload;
  }

  declare(id: string): void {
    const policy = this.policies.get(id);
    const content = this.contents.get(id);
    if (policy === undefined || content === undefined) return;
    this.admission.declare(id, { policy, content, members: () => this.membersOf(id) });
  }

  membersOf(id: string): string[] {
    return [...this.workloads.values()].filter(({ groups }) => groups.includes(id)).map((workload) => workload.id);
  }

  /** New content of the source of the group: its members get a round each. */
  change(id: string): void {
    const { sequence = 0, changes = [] } = this.contents.get(id) ?? {};
    const at = new Date(this.#now).toISOString();
    const change: ContentChange = { sequence: sequence + 1, at };
    this.contents.set(id, { sequence: sequence + 1, content: `c${sequence + 1}`, changes: [change, ...changes].slice(0, 16) });
    for (const member of this.membersOf(id)) {
      const workload = this.workloads.get(member);
      if (workload !== undefined) workload.dueSince ??= this.clock.now();
    }
    this.declare(id);
    for (const member of this.membersOf(id)) this.#enqueue(member);
  }

  /** A change of the workload that its controller sees. */
  touch(workload: Workload): void {
    this.#enqueue(workload.id);
  }

  delete(workload: Workload): void {
    this.workloads.delete(workload.id);
    this.#enqueue(workload.id);
  }

  /** The round of one that is gone. */
  forgotten(id: string): void {
    this.#enqueue(id);
  }

  /** A new process: nothing but the workloads, the policies and the contents is left. */
  restart(order: (ids: string[]) => string[] = (ids) => ids): void {
    this.#epoch += 1;
    this.#queue.clear();
    this.#delayed.clear();
    for (const workload of this.workloads.values()) workload.reported = new Map();
    this.admission = this.#newAdmission();
    this.admission.expect(this.workloads.keys());
    for (const id of this.policies.keys()) this.declare(id);
    for (const id of order([...this.workloads.keys()])) this.#enqueue(id);
  }

  /** All rounds that are due now. */
  run(most = Number.POSITIVE_INFINITY): void {
    for (let count = 0; count < most; count += 1) {
      const [id] = this.#queue;
      if (id === undefined) return;
      this.#queue.delete(id);
      this.#round(id);
    }
  }

  /** Runs everything until `duration` is over or nothing is left to run. */
  advance(duration: number): void {
    const end = this.#now + duration;
    this.run();
    for (;;) {
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.run();
      this.run();
    }
    this.#now = end;
  }

  patchedNames(): string[] {
    return this.patched.map(nameOf);
  }

  rolling(group?: string): Workload[] {
    return [...this.workloads.values()].filter(
      ({ phase, healthyBefore, rolled }) => phase === 'Rolling' && healthyBefore && (group === undefined || rolled.includes(group)),
    );
  }

  isDue(workload: Workload, group: string): boolean {
    return workload.content.get(group) !== this.contents.get(group)?.content;
  }

  stateIn(workload: Workload, group: string): MemberState {
    const due = this.isDue(workload, group);
    const isRolled = workload.rolled.includes(group);
    const unrolled = due ? 'Pending' : 'Current';
    const phase = workload.phase === 'Blocked' || isRolled ? workload.phase : unrolled;
    return {
      phase: due && (phase === 'Healthy' || phase === 'Current') ? 'Pending' : phase,
      content: workload.content.get(group),
      judgedBy: this.contents.get(group)?.content ?? '',
      due,
      since: workload.since,
      healthyBefore: isRolled && !due ? workload.healthyBefore : wasHealthy(workload),
      hasPod: workload.hasPod,
      ...(phase === 'Rolling' ? { deadline: ms(workload.since + defaultPolicy.timeout) } : {}),
      ...(workload.superseded ? { reason: 'Superseded' } : {}),
    };
  }

  #round(id: string): void {
    this.rounds += 1;
    const workload = this.workloads.get(id);
    if (this.broken.has(id)) return;
    if (workload === undefined) {
      this.admission.forget(id);
      return;
    }
    const states = new Map(workload.groups.map((group) => [group, this.stateIn(workload, group)]));
    workload.reported = states;
    this.admission.report(id, { namespace: workload.namespace, labels: workload.labels, states });
    const due = workload.phase === 'Blocked' ? [] : workload.groups.filter((group) => this.isDue(workload, group));
    if (due.length === 0 && !workload.restartNow) return;
    const facts: AdmissionFacts = {
      dueSince: workload.dueSince ?? this.clock.now(),
      healthyBefore: wasHealthy(workload),
      ...(workload.lastPatchedAt === undefined ? {} : { lastPatchedAt: workload.lastPatchedAt }),
      ...(workload.minInterval === undefined ? {} : { minInterval: workload.minInterval }),
      ...(workload.restartNow ? { restartNow: true } : {}),
    };
    const verdict = this.admission.admit(id, due, facts);
    workload.verdict = verdict;
    if (verdict.kind !== 'now') return;
    this.onGo(workload, verdict);
    this.#patch(workload, due);
  }

  #patch(workload: Workload, due: readonly string[]): void {
    this.patched.push(workload.id);
    workload.healthyBefore = wasHealthy(workload);
    workload.rolled = due;
    for (const group of workload.groups) workload.content.set(group, this.contents.get(group)?.content ?? '');
    workload.lastPatchedAt = this.clock.now();
    workload.restartNow = false;
    delete workload.dueSince;
    this.#phase(workload, 'Rolling');
    workload.rollout += 1;
    const { rollout } = workload;
    const time = workload.outcome === 'stuck' ? defaultPolicy.timeout : ROLL_MS;
    this.#at(this.#now + time, () => {
      if (workload.rollout !== rollout || workload.phase !== 'Rolling') return;
      workload.isHealthy = workload.outcome === 'healthy';
      this.#phase(workload, workload.isHealthy ? 'Healthy' : 'Failed');
    });
  }

  /** Somebody mends a failed workload without another template. */
  mend(workload: Workload): void {
    workload.outcome = 'healthy';
    if (!workload.isHealthy) this.#enqueue(workload.id);
    workload.isHealthy = true;
    if (workload.phase === 'Failed') this.#phase(workload, 'Healthy');
  }

  #phase(workload: Workload, phase: Workload['phase']): void {
    workload.phase = phase;
    workload.since = this.clock.now();
    this.#enqueue(workload.id);
  }

  #at(at: number, run: () => void): void {
    this.#order += 1;
    const timer = { at, order: this.#order, run };
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1]?.at ?? 0) > at) index -= 1;
    this.#timers.splice(index, 0, timer);
  }

  /** As the work queue: a key that is queued waits no more. */
  #enqueue(id: string): void {
    this.#delayed.delete(id);
    this.#queue.add(id);
  }

  /** As the work queue: of several delays of a key, the shortest counts. */
  #enqueueAfter(id: string, delay: number): void {
    const due = this.#now + delay;
    if (this.#queue.has(id) || (this.#delayed.get(id) ?? Number.POSITIVE_INFINITY) <= due) return;
    this.#delayed.set(id, due);
    this.#at(due, () => {
      if (this.#delayed.get(id) === due) this.#enqueue(id);
    });
  }

  #newAdmission(): RestartAdmission {
    const epoch = this.#epoch;
    const mine = (run: () => void) => () => {
      if (epoch === this.#epoch) run();
    };
    return new RestartAdmission(this.clock, this.limits, {
      wake: (id) => mine(() => this.#enqueue(id))(),
      wakeAfter: (id, delay) => mine(() => this.#enqueueAfter(id, delay))(),
      changed: (groups) => {
        for (const group of groups) this.changedGroups.add(group);
      },
    });
  }
}

/** For the next rollout. One that still rolls is as healthy as it was before it began. */
export function wasHealthy({ phase, healthyBefore, isHealthy }: Workload): boolean {
  return phase === 'Rolling' ? healthyBefore : isHealthy;
}

function nameOf(id: string): string {
  return id.split('/')[2] ?? '';
}

export function namesOf(workloads: readonly Workload[]): string[] {
  return workloads.map(({ id }) => nameOf(id));
}

/** The reason why it waits. */
export function waitOf({ verdict }: Workload): string | undefined {
  return verdict?.kind === 'wait' ? verdict.reason : undefined;
}
