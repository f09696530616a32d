import { describe, test } from '@jest/globals';
import { type Arbitrary, array, assert, boolean, constant, constantFrom, integer, nat, oneof, property, record } from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import type { MemberState } from '../../../../src/restart/admission/member.ts';
import type { RestartPolicy } from '../../../../src/restart/policy/policy.ts';
import { DAY, MINUTE, type Outcome, type Workload, wasHealthy, World } from './admission-world.ts';

const TIERS = ['canary', 'web', 'none'] as const;
const NAMESPACES = ['x', 'y'] as const;
const NAMES = ['a', 'b'] as const;

const policies: Arbitrary<Partial<RestartPolicy>> = record({
  settle: constantFrom(ms(0), ms(10_000)),
  minInterval: constantFrom(ms(0), ms(5 * MINUTE)),
  maxConcurrent: constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
  windows: constantFrom([], [], [{ cron: '0 */4 * * *', zone: 'UTC', duration: ms(60 * MINUTE) }]),
  missed: constantFrom('NextWindow', 'Immediately'),
  waves: oneof(
    constant<RestartPolicy['waves']>([]),
    constantFrom(ms(0), ms(2 * MINUTE)).map((soak) => [
      { name: 'canary', soak, selector: { matchLabels: { tier: 'canary' } } },
      { name: 'web', soak, selector: { matchLabels: { tier: 'web' } } },
      { name: 'rest', soak },
    ]),
  ),
  suspend: constantFrom(false, false, false, true),
  maxFailures: constantFrom(0, 1),
  onFailure: constantFrom<RestartPolicy['onFailure'][]>('Halt', 'Continue'),
});

const workloads = record({
  namespace: constantFrom(...NAMESPACES),
  tier: constantFrom(...TIERS),
  groups: constantFrom<(typeof NAMES)[number][][]>(['a'], ['b'], ['a', 'b']),
  isHealthy: constantFrom(true, true, true, false),
  outcome: constantFrom<Outcome[]>('healthy', 'healthy', 'fails', 'stuck'),
});

const steps = oneof(
  record({ kind: constantFrom('change' as const), index: nat(3) }),
  record({ kind: constantFrom('policy' as const), index: nat(3), policy: policies }),
  record({ kind: constantFrom('advance' as const), time: constantFrom(1_000, 15_000, 3 * MINUTE, 60 * MINUTE) }),
  record({ kind: constantFrom('rounds' as const), count: integer({ min: 1, max: 6 }) }),
  record({ kind: constantFrom('restart' as const), isReversed: boolean() }),
  record({ kind: constantFrom('delete' as const), index: nat(11) }),
  record({ kind: constantFrom('mend' as const), index: nat(11) }),
  record({ kind: constantFrom('break' as const), index: nat(11) }),
);

const inputs = record({
  policies: array(policies, { minLength: 4, maxLength: 4 }),
  workloads: array(workloads, { minLength: 1, maxLength: 12 }),
  steps: array(steps, { maxLength: 25 }),
  perNamespace: constantFrom(1, 2, 5),
  perInstallation: constantFrom(1, 3, 8),
});
type Inputs = typeof inputs extends Arbitrary<infer T> ? T : never;

const GROUPS = NAMESPACES.flatMap((namespace) => NAMES.map((name) => `ExternalSecret/${namespace}/${name}`));

function build(input: Inputs): World {
  const world = new World({ perNamespace: input.perNamespace, perInstallation: input.perInstallation });
  for (const [index, group] of GROUPS.entries()) world.group(group, input.policies[index]);
  for (const [index, { namespace, tier, groups, isHealthy, outcome }] of input.workloads.entries())
    world.workload(
      `w${String(index).padStart(2, '0')}`,
      groups.map((name) => `ExternalSecret/${namespace}/${name}`),
      { namespace, labels: { tier }, isHealthy, outcome },
    );
  for (const group of GROUPS) world.declare(group);
  world.run();
  return world;
}

function fail(what: string, workload: Workload): never {
  throw new Error(`${workload.id}: ${what}`);
}

/** What must hold when a workload is let go. Places are compared with the truth, health with what was reported. */
function check(world: World, workload: Workload, groups: readonly string[]): void {
  if (wasHealthy(workload)) {
    const others = world.rolling().filter((one) => one !== workload);
    const isFull = (count: number, limit: number): boolean => count + 1 > limit;
    if (isFull(others.length, world.limits.perInstallation)) fail('above the limit of the installation', workload);
    const inNamespace = others.filter(({ namespace }) => namespace === workload.namespace);
    if (isFull(inNamespace.length, world.limits.perNamespace)) fail('above the limit of the namespace', workload);
    for (const group of groups) {
      const inGroup = others.filter(({ rolled }) => rolled.includes(group));
      if (isFull(inGroup.length, world.policies.get(group)!.maxConcurrent)) fail(`above maxConcurrent of ${group}`, workload);
    }
  }
  for (const group of groups) checkGroup(world, workload, group);
}

function checkGroup(world: World, workload: Workload, group: string): void {
  const policy = world.policies.get(group)!;
  const members = [...world.workloads.values()].flatMap((one) => {
    const state = one.reported.get(group);
    return state === undefined ? [] : [{ one, state, wave: waveOf(one) }];
  });
  if (policy.suspend) fail(`${group} is suspended`, workload);
  if (policy.windows.length > 0 && policy.missed === 'NextWindow' && new Date(world.clock.now()).getUTCHours() % 4 !== 0)
    fail(`no window of ${group} is open`, workload);
  const current = members.filter(({ state }) => state.judgedBy === world.contents.get(group)!.content && !state.due);
  const failures = current.filter(({ state }) => state.phase === 'Failed' && state.healthyBefore);
  const isHalted = policy.onFailure === 'Halt' && failures.length > policy.maxFailures;
  if (isHalted && workload.reported.get(group)?.phase !== 'Failed') fail(`${group} is halted`, workload);
  const isCurrent = (state: MemberState): boolean => state.judgedBy === world.contents.get(group)!.content && !state.due;
  // One that has failed may be cured by its restart, so no wave holds it.
  if (policy.waves.length === 0 || !wasHealthy(workload) || workload.reported.get(group)?.phase === 'Failed') return;
  for (let wave = 0; wave < waveOf(workload); wave += 1) {
    const states = members.filter((member) => member.wave === wave).map(({ state }) => state);
    checkWave(world, policy, wave, states, isCurrent, (what) => fail(`wave ${wave} of ${group} ${what}`, workload));
  }
}

function waveOf(workload: Workload): number {
  return TIERS.indexOf(workload.labels['tier'] as (typeof TIERS)[number]);
}

function checkWave(
  world: World,
  policy: RestartPolicy,
  wave: number,
  states: readonly MemberState[],
  isCurrent: (state: MemberState) => boolean,
  failWith: (what: string) => never,
): void {
  const needed = states.filter((state) => !isCurrent(state) || state.healthyBefore).filter((state) => !(state.due && !state.healthyBefore));
  if (needed.some((state) => !isCurrent(state) || state.phase === 'Rolling')) failWith('is not done');
  const cured = states.filter((state) => isCurrent(state) && !state.healthyBefore && state.phase === 'Healthy');
  const good = [...needed, ...cured].filter(({ phase, hasPod }) => phase !== 'Failed' && hasPod);
  if (good.length === 0 && (policy.onFailure === 'Halt' || needed.length + cured.length === 0)) failWith('proves nothing');
  if (good.some(({ since }) => world.clock.now() < since + policy.waves[wave]!.soak)) failWith('soaks');
}

function takeStep(world: World, step: Inputs['steps'][number]): void {
  const group = 'index' in step ? GROUPS[step.index % GROUPS.length]! : '';
  const all = [...world.workloads.values()];
  const workload = 'index' in step ? all[step.index % Math.max(all.length, 1)] : undefined;
  switch (step.kind) {
    case 'change':
      return world.change(group);
    case 'policy':
      world.policies.set(group, { ...world.policies.get(group)!, ...step.policy });
      return world.declare(group);
    case 'advance':
      return world.advance(step.time);
    case 'rounds':
      return world.run(step.count);
    case 'restart':
      repairRounds(world);
      return world.restart((ids) => (step.isReversed ? ids.toReversed() : ids));
    case 'delete':
      return workload === undefined ? undefined : world.delete(workload);
    case 'mend':
      return workload === undefined ? undefined : world.mend(workload);
    case 'break':
      if (workload !== undefined) world.broken.add(workload.id);
      return undefined;
    default:
      return step satisfies never;
  }
}

/** As the queue does after failures. */
function repairRounds(world: World): void {
  for (const id of world.broken) {
    const workload = world.workloads.get(id);
    if (workload !== undefined) world.touch(workload);
    else world.forgotten(id);
  }
  world.broken.clear();
}

/** Once nothing happens any more, whoever still waits must wait: asking again changes nothing. */
function checkNothingIsMissed(world: World): void {
  repairRounds(world);
  world.advance(3 * DAY);
  const { onGo } = world;
  world.onGo = (workload) => fail('was not woken', workload);
  for (const workload of world.workloads.values()) world.touch(workload);
  world.run();
  world.onGo = onGo;
}

/** All workloads become healthy, each wave gets one that has the new content, and nothing is suspended: then all that is due must be restarted. */
function heal(world: World): void {
  repairRounds(world);
  for (const workload of world.workloads.values()) world.mend(workload);
  for (const group of GROUPS) {
    world.policies.set(group, { ...world.policies.get(group)!, suspend: false });
    const [, namespace = '', name = ''] = group.split('/');
    for (const tier of TIERS) world.workload(`healthy-${name}-${tier}`, [group], { namespace, labels: { tier } });
  }
  for (const group of GROUPS) world.declare(group);
  world.advance(3 * DAY);
}

describe('any course of changes, rounds, failures and restarts of the operator', () => {
  test('no limit is exceeded, waves do not overlap, and in the end everything due is restarted', () => {
    assert(
      property(inputs, (input) => {
        const world = build(input);
        world.onGo = (workload, { groups }) => check(world, workload, groups);
        for (const step of input.steps) takeStep(world, step);
        checkNothingIsMissed(world);
        heal(world);
        for (const workload of world.workloads.values())
          for (const group of workload.groups)
            if (world.isDue(workload, group)) fail(`still due in ${group}: ${JSON.stringify(workload.verdict)}`, workload);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 200) },
    );
  });
});
