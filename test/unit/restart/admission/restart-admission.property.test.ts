import { describe, expect, test } from '@jest/globals';
import { type Arbitrary, array, assert, boolean, constantFrom, integer, nat, oneof, property, record, type RecordValue } from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import type { RestartPolicy } from '../../../../src/restart/policy/policy.ts';
import { type Outcome, type Workload, World } from './admission-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
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
    constantFrom<RestartPolicy['waves'][]>([]),
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
type Inputs = RecordValue<{ [K in 'policies' | 'workloads' | 'steps' | 'perNamespace' | 'perInstallation']: Arbitrary<never> }> & {
  readonly policies: readonly Partial<RestartPolicy>[];
  readonly workloads: readonly { namespace: string; tier: string; groups: string[]; isHealthy: boolean; outcome: Outcome }[];
};

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
