/** What can happen in a schedule. A schedule is a list of these, made from a seed. */
import type { Fault } from '../fakes/memory-api.ts';
import { Random } from './random.ts';
import { workloads, writers } from './objects.ts';

export type Action =
  | { readonly do: 'set'; readonly writer: string; readonly values: Readonly<Record<string, string>> }
  | { readonly do: 'policy'; readonly writer: string; readonly change: object }
  | { readonly do: 'deploy' | 'undo' | 'deletePod' | 'mend' | 'break' | 'remove' | 'create'; readonly workload: string }
  | { readonly do: 'pause' | 'onDelete'; readonly workload: string; readonly on: boolean }
  | { readonly do: 'partition' | 'scale'; readonly workload: string; readonly to: number }
  | { readonly do: 'gitOps'; readonly workload: string; readonly times: number; readonly delay: number }
  | {
      readonly do: 'fault';
      readonly fault: Fault;
      readonly of: 'any' | 'workload' | 'secret' | 'ledger';
      readonly skip: number;
      readonly times: number;
    }
  | { readonly do: 'kill'; readonly down: number }
  | { readonly do: 'usurp'; readonly overlap: number; readonly frozen: readonly string[] }
  | { readonly do: 'hold'; readonly resource: string; readonly time: number }
  | { readonly do: 'relist' | 'newDigestKey' | 'loseLedger' }
  | { readonly do: 'drift' | 'deleteSecret'; readonly writer: string }
  | { readonly do: 'slow'; readonly watch: number; readonly request: number; readonly kubelet: number }
  | { readonly do: 'wait' };

export interface Step {
  readonly action: Action;
  /** Milliseconds until the next one. */
  readonly wait: number;
}

export interface Schedule {
  readonly seed: number;
  readonly steps: readonly Step[];
}

export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const steps: Step[] = [];
  const count = random.between(6, 22);
  while (steps.length < count) steps.push(...someSteps(random));
  return { seed, steps };
}

/** From a tenth of a second to days; most are short. */
function someWait(random: Random): number {
  const scale = random.pick([100, 300, 1_000, 3_000, 10_000, 20_000, 60_000, 300_000, 3_600_000]);
  return random.chance(0.02) ? random.between(1, 3) * 86_400_000 : random.between(Math.ceil(scale / 4), scale * 2);
}

function someSteps(random: Random): readonly Step[] {
  if (random.chance(0.04)) return frozenLeader(random);
  const action = weighted(random)(random);
  const steps = action.map((one) => ({ action: one, wait: someWait(random) }));
  return steps.length > 1 && random.chance(0.5)
    ? steps.map((step) => ({ ...step, wait: Math.min(step.wait, random.between(50, 2_000)) }))
    : steps;
}

/** Another process leads. The one before acts on for a while, with old caches of some kinds. */
function usurp(random: Random): Extract<Action, { do: 'usurp' }> {
  const frozen = random.pick([RESOURCES, ['secrets'], RESOURCES.filter((one) => one.endsWith('.apps'))]);
  return { do: 'usurp', overlap: random.pick([500, 3_000, 15_000, 30_000]), frozen };
}

/** Two changes, and a process that acts on the first one while the next leader acts on the second one. */
function frozenLeader(random: Random): readonly Step[] {
  const writer = random.pick(writers.filter(({ restart }) => restart !== undefined));
  const set = (): Action => ({
    do: 'set',
    writer: writer.name,
    values: Object.fromEntries(writer.keys.map((key) => [key, fresh(random)])),
  });
  const steps: readonly (readonly [Action, number])[] = [
    [{ do: 'policy', writer: writer.name, change: { settle: random.pick(['0', '2s']) } }, 1_000],
    [{ do: 'slow', watch: 20, request: random.pick([0, 20, 800]), kubelet: 500 }, 100],
    [set(), random.between(20, 3_000)],
    [{ ...usurp(random), overlap: 30_000 }, random.between(20, 2_000)],
    [set(), random.between(1_000, 60_000)],
  ];
  return steps.map(([action, wait]) => ({ action, wait }));
}

type Maker = (random: Random) => readonly Action[];

function fresh(random: Random): string {
  return `v${random.between(0, 1_000_000)}`;
}

const aWorkload = (random: Random): string => random.pick(workloads).name;
const noStatefulSet = (random: Random): string => random.pick(workloads.filter(({ kind }) => kind === 'Deployment')).name;

function change(random: Random): readonly Action[] {
  const { name, keys } = random.pick(writers);
  const changed = random.chance(0.4) ? keys : [random.pick(keys)];
  return [{ do: 'set', writer: name, values: Object.fromEntries(changed.map((key) => [key, fresh(random)])) }];
}

/** To another value and back: A, B, A. */
function thereAndBack(random: Random): readonly Action[] {
  const { name, keys } = random.pick(writers);
  const key = random.pick(keys);
  return [
    { do: 'set', writer: name, values: { [key]: 'A' } },
    { do: 'set', writer: name, values: { [key]: fresh(random) } },
    { do: 'set', writer: name, values: { [key]: 'A' } },
  ];
}

function policy(random: Random): readonly Action[] {
  const { name, keys } = random.pick(writers.filter(({ restart }) => restart !== undefined));
  const changes: readonly object[] = [
    { keys: [random.pick(keys)] },
    { keys: null },
    { suspend: true },
    { suspend: null },
    { maxConcurrent: random.between(1, 3) },
    { settle: random.pick(['0', '2s', '30s']) },
    { minInterval: random.pick(['0', '5m']) },
    ...(name === 'db' ? wavesOf(random) : []),
    { windows: [{ cron: '0 2 * * *', duration: '1h' }], missed: random.pick(['NextWindow', 'Immediately']) },
    { windows: null },
    { onFailure: random.pick(['Halt', 'Continue']) },
    { dryRun: random.chance(0.5) },
  ];
  return [{ do: 'policy', writer: name, change: random.pick(changes) }];
}

/** Only workloads of db have a canary. */
function wavesOf(random: Random): readonly object[] {
  return [
    { waves: null },
    { waves: [{ name: 'canary', selector: { matchLabels: { tier: 'canary' } }, soak: random.pick(['0', '1m']) }, { name: 'rest' }] },
  ];
}

function fault(random: Random): readonly Action[] {
  const kind = random.pick<Fault>([
    'lost',
    'crash-before',
    'crash-after',
    'conflict',
    'unavailable',
    'throttled',
    'crash-after',
    'crash-before',
    'lost',
  ]);
  const of = random.pick(['any', 'workload', 'secret', 'ledger', 'workload'] as const);
  return [{ do: 'fault', fault: kind, of, skip: random.between(0, 4), times: kind.startsWith('crash') ? 1 : random.between(1, 5) }];
}

function paused(random: Random): readonly Action[] {
  const name = noStatefulSet(random);
  return random.chance(0.7)
    ? [{ do: 'pause', workload: name, on: true }, ...change(random), { do: 'pause', workload: name, on: false }]
    : [{ do: 'pause', workload: name, on: true }];
}

function strategy(random: Random): readonly Action[] {
  if (random.chance(0.5)) return [{ do: 'partition', workload: 'store', to: random.between(0, 3) }];
  return [{ do: 'onDelete', workload: random.pick(['store', 'agent']), on: random.chance(0.6) }];
}

const MAKERS: readonly (readonly [weight: number, make: Maker])[] = [
  [22, change],
  [6, thereAndBack],
  [8, policy],
  [10, fault],
  [5, (random) => [{ do: 'deploy', workload: aWorkload(random) }]],
  [5, (random) => [{ do: 'undo', workload: aWorkload(random) }]],
  [3, paused],
  [4, strategy],
  [2, (random) => [{ do: 'deletePod', workload: aWorkload(random) }]],
  [3, (random) => [{ do: 'break', workload: aWorkload(random) }]],
  [3, (random) => [{ do: 'mend', workload: aWorkload(random) }]],
  [
    3,
    (random) => [
      { do: 'scale', workload: random.pick(workloads.filter(({ kind }) => kind !== 'DaemonSet')).name, to: random.between(0, 4) },
    ],
  ],
  [3, (random) => againOf(aWorkload(random))],
  [3, (random) => [{ do: 'gitOps', workload: aWorkload(random), times: random.between(1, 5), delay: random.pick([100, 2_000, 30_000]) }]],
  [5, (random) => [{ do: 'kill', down: random.pick([10, 1_000, 15_000, 120_000]) }]],
  [3, (random) => [usurp(random)]],
  [6, (random) => [{ do: 'hold', resource: random.pick(RESOURCES), time: random.pick([2_000, 20_000, 300_000]) }]],
  [1, () => [{ do: 'relist' }]],
  [1, () => [{ do: 'newDigestKey' }]],
  [1, () => [{ do: 'loseLedger' }]],
  [2, (random) => [{ do: 'drift', writer: random.pick(writers).name }]],
  [2, (random) => [{ do: 'deleteSecret', writer: random.pick(writers.filter(({ policy: kind }) => kind === 'Owner')).name }]],
  [
    4,
    (random) => [
      { do: 'slow', watch: random.pick([5, 50, 1_000]), request: random.pick([0, 20, 800]), kubelet: random.pick([0, 500, 1_000]) },
    ],
  ],
  [4, () => [{ do: 'wait' }]],
];

const RESOURCES = ['secrets', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'externalsecrets.keytender.dev'] as const;

function againOf(workload: string): readonly Action[] {
  return [
    { do: 'remove', workload },
    { do: 'create', workload },
  ];
}

function weighted(random: Random): Maker {
  let left = random.next() * MAKERS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of MAKERS) {
    left -= weight;
    if (left < 0) return make;
  }
  return change;
}
