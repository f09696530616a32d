import { beforeEach, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { A, DAY, MINUTE, namesOf, World } from './admission-world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

test('Failed, Blocked, Rolling, Pending, and then the rest by name', () => {
  world.group(A, { maxConcurrent: 2, onFailure: 'Continue' });
  world.workload('z-failed', [A], { outcome: 'fails' });
  world.workload('y-rolling', [A], { outcome: 'stuck' });
  world.workload('x-pending', [A]);
  world.workload('w-blocked', [A], { phase: 'Blocked' });
  world.run();
  world.admission.release('nobody');
  world.change(A);
  world.advance(3_000);
  world.workload('u-new', [A]);
  world.workload('t-new', [A]);
  world.declare(A);
  world.run();
  const view = world.admission.viewOf(A);
  const rows = view?.members ?? [];
  expect(namesOf(rows.map(({ consumer }) => world.workloads.get(consumer)!))).toEqual([
    'w-blocked',
    'y-rolling',
    'z-failed',
    'x-pending',
    't-new',
    'u-new',
  ]);
  expect(rows[3]).toMatchObject({ reason: 'MaxConcurrent', content: 'c1', next: { step: 'Restart' } });
  expect(view?.counts).toEqual({ Failed: 0, Blocked: 1, Rolling: 2, Pending: 1, Healthy: 0, Current: 2, Baseline: 0 });
  world.advance(MINUTE);
  expect(world.admission.viewOf(A)?.members[0]).toMatchObject({ phase: 'Failed', consumer: 'Deployment/ns/z-failed' });
});

test('fifty members, and exact counts beyond', () => {
  world.group(A, { maxConcurrent: 10 });
  for (let index = 0; index < 120; index += 1) world.workload(`w${index}`, [A], { outcome: 'stuck' });
  world.run();
  world.change(A);
  world.advance(3_000);
  const view = world.admission.viewOf(A);
  expect(view?.members).toHaveLength(50);
  expect(view?.counts).toMatchObject({ Rolling: 10, Pending: 110 });
  expect(view?.total).toBe(120);
});

test('when the next step comes', () => {
  world.group(A, { settle: ms(10_000) });
  const workload = world.workload('a', [A]);
  world.run();
  world.change(A);
  world.run();
  expect(world.admission.viewOf(A)?.members).toMatchObject([
    { reason: 'Settling', next: { step: 'Restart', at: world.clock.now() + 10_000 } },
  ]);
  const { namespace, labels } = workload;
  const state = {
    ...world.stateIn(workload, A),
    phase: 'Rolling' as const,
    due: false,
    deadline: ms(world.clock.now() + MINUTE),
    message: 'text',
  };
  world.admission.report(workload.id, { namespace, labels, states: new Map([[A, state]]) });
  expect(world.admission.viewOf(A)?.members).toMatchObject([
    { message: 'text', next: { step: 'Deadline', at: world.clock.now() + MINUTE } },
  ]);
});

test('who asks to be told is told of each change', () => {
  world.group(A);
  const workload = world.workload('a', [A]);
  world.run();
  world.changedGroups.clear();
  world.touch(workload);
  world.run();
  expect(world.changedGroups.size).toBe(0);
  world.change(A);
  world.advance(DAY);
  expect([...world.changedGroups]).toEqual([A]);
});
