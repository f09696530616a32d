import { beforeEach, describe, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { A, B, CANARY_FIRST, DAY, MINUTE, waitOf, type Workload, World } from './admission-world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

describe('several groups', () => {
  test('a suspended, halted or wave-held group does not hold back another one', () => {
    world.group(A, { suspend: true });
    world.group(B);
    const both = world.workload('both', [A, B]);
    const only = world.workload('only', [A]);
    world.run();
    world.change(A);
    world.change(B);
    world.advance(MINUTE);
    expect(both.phase).toBe('Healthy');
    expect(waitOf(only)).toBe('Suspended');
    world.group(A, { suspend: false });
    world.advance(MINUTE);
    expect(only.phase).toBe('Healthy');
  });

  test('the place must be free in each group that has a say', () => {
    world.group(A, { maxConcurrent: 5 });
    world.group(B, { maxConcurrent: 1 });
    const stuck = world.workload('b', [B], { outcome: 'stuck' });
    const both = world.workload('both', [A, B]);
    world.run();
    world.change(B);
    world.advance(3_000);
    world.change(A);
    world.advance(3_000);
    const waiting = stuck.phase === 'Rolling' ? both : stuck;
    expect(waiting.verdict).toMatchObject({ kind: 'wait', reason: 'MaxConcurrent', group: B });
  });

  test('a group that halts while a workload waits for its place does not hold back the other group', () => {
    world.group(A, { maxConcurrent: 1 });
    world.group(B);
    const failing = world.workload('a', [A], { outcome: 'fails' });
    const only = world.workload('b', [A]);
    const both = world.workload('c', [A, B]);
    world.run();
    world.change(A);
    world.advance(5_000);
    expect([failing.phase, waitOf(only), waitOf(both)]).toEqual(['Rolling', 'MaxConcurrent', 'MaxConcurrent']);
    world.change(B);
    world.advance(5_000);
    expect(waitOf(both)).toBe('MaxConcurrent');
    world.advance(MINUTE);
    expect(world.admission.viewOf(A)?.isHalted).toBe(true);
    expect(both.phase).toBe('Healthy');
  });

  test('opposed orders of waves are said, and the workloads come by name', () => {
    const named = (name: string) => ({ name, selector: { matchLabels: { name } }, soak: ms(0) });
    world.group(A, { maxConcurrent: 1, waves: [named('one'), named('two')] });
    world.group(B, { maxConcurrent: 1, waves: [named('two'), named('one')] });
    const workloads = ['two', 'one'].map((name) => world.workload(name, [A, B], { labels: { name } }));
    world.run();
    const order: boolean[] = [];
    world.onGo = (_workload, verdict) => order.push(verdict.wavesConflict);
    world.change(A);
    world.change(B);
    world.advance(DAY);
    expect(order).toEqual([true, true]);
    expect(workloads.every(({ phase }) => phase === 'Healthy')).toBe(true);
  });
});

describe('after a start', () => {
  test('nothing is decided until each member of the group was reported', () => {
    world.group(A, { maxConcurrent: 1 });
    for (const name of ['a', 'b', 'c']) world.workload(name, [A], { outcome: 'stuck' });
    world.run();
    world.change(A);
    world.advance(3_000);
    const [rolling] = world.rolling();
    world.restart((ids) => [...ids.filter((id) => id !== rolling?.id), rolling!.id]);
    world.run(2);
    expect([...world.workloads.values()].map(waitOf)).toContain('NotAllObserved');
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(1);
  });

  test('a new group decides nothing until its members were reported to it', () => {
    world.group(A, { maxConcurrent: 1 });
    const [one, two] = ['a', 'b'].map((name) => world.workload(name, [A], { outcome: 'stuck' })) as [Workload, Workload];
    world.run();
    world.change(A);
    world.advance(3_000);
    world.admission.retire(A);
    world.declare(A);
    const waiting = one.phase === 'Rolling' ? two : one;
    const facts = { dueSince: world.clock.now(), healthyBefore: true };
    expect(world.admission.admit(waiting.id, [A], facts)).toMatchObject({ kind: 'wait', reason: 'NotAllObserved', group: A });
    world.advance(3_000);
    expect(world.admission.viewOf(A)?.members.find(({ consumer }) => consumer === waiting.id)?.reason).toBe('MaxConcurrent');
  });

  test('a report that is older than the content of the group, or newer, decides nothing', () => {
    world.group(A);
    const workload = world.workload('a', [A]);
    world.run();
    world.contents.set(A, { sequence: 2, content: 'c2', changes: [] });
    world.touch(workload);
    world.run();
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'NotAllObserved', group: A, subject: workload.id });
    world.declare(A);
    world.run();
    expect(workload.phase).toBe('Rolling');
  });

  test('the last report of the installation lets the others go at once', () => {
    world.group(A);
    const workload = world.workload('a', [A]);
    const last = world.workload('b', []);
    world.run();
    world.broken.add(last.id);
    world.restart();
    world.change(A);
    world.advance(10_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'NotAllObserved', group: '' });
    world.broken.clear();
    world.touch(last);
    world.run();
    expect(workload.phase).toBe('Rolling');
  });

  test('a workload that is never reported holds up the installation for a minute', () => {
    world.group(A);
    const workload = world.workload('a', [A]);
    const broken = world.workload('b', []);
    world.run();
    world.broken.add(broken.id);
    world.restart();
    world.change(A);
    world.advance(10_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'NotAllObserved', group: '' });
    world.advance(2 * MINUTE);
    expect(workload.phase).toBe('Healthy');
  });

  test('dryRun shows the plan, and restarts nothing', () => {
    world.group(A, { dryRun: true, waves: CANARY_FIRST, settle: ms(30_000) });
    const rest = world.workload('a', [A]);
    const canary = world.workload('z', [A], { labels: { tier: 'canary' } });
    world.run();
    world.change(A);
    world.run();
    const view = world.admission.viewOf(A);
    expect(view?.isDryRun).toBe(true);
    expect(view?.members).toMatchObject([
      { consumer: rest.id, reason: 'DryRun', wave: 'rest', place: 2, next: { step: 'Restart', at: world.clock.now() + 30_000 } },
      { consumer: canary.id, reason: 'DryRun', wave: 'canary', place: 1 },
    ]);
    world.advance(DAY);
    expect(world.patched).toEqual([]);
    world.group(A, { waves: CANARY_FIRST });
    world.advance(MINUTE);
    expect(world.patchedNames()).toEqual(['z', 'a']);
  });

  test('a group that is gone lets its members go on with the others', () => {
    world.group(A, { suspend: true });
    const workload = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.run();
    expect(waitOf(workload)).toBe('Suspended');
    const before = world.rounds;
    world.policies.delete(A);
    world.admission.retire(A);
    world.run();
    expect(world.rounds).toBeGreaterThan(before);
    expect(world.admission.viewOf(A)).toBeUndefined();
  });
});
