import { beforeEach, describe, expect, test } from '@jest/globals';
import { A, B, CANARY_FIRST, DAY, MINUTE, namesOf, waitOf, type Workload, World } from './admission-world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

describe('places', () => {
  test('at most maxConcurrent at once, by name', () => {
    world.group(A, { maxConcurrent: 2 });
    const all = ['e', 'd', 'c', 'b', 'a'].map((name) => world.workload(name, [A]));
    world.run();
    world.change(A);
    world.advance(2_000);
    expect(namesOf(world.rolling(A))).toHaveLength(2);
    expect(all.filter((one) => waitOf(one) === 'MaxConcurrent')).toHaveLength(3);
    world.advance(10 * MINUTE);
    expect(world.patchedNames().slice(2)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].filter((name) => !world.patchedNames().slice(0, 2).includes(name)),
    );
    expect(all.every(({ phase }) => phase === 'Healthy')).toBe(true);
  });

  test('each freed place wakes one workload, not all that wait', () => {
    world.group(A, { maxConcurrent: 1 });
    for (let index = 0; index < 100; index += 1) world.workload(`w${index}`, [A]);
    world.run();
    world.change(A);
    const before = world.rounds;
    world.advance(DAY);
    expect(world.patchedNames()).toHaveLength(100);
    // Change, kubelet delay, wake, rolling, healthy, and checks of places that were given.
    expect(world.rounds - before).toBeLessThan(100 * 7);
  });

  test("a tenant with 50 stuck workloads does not hold back another tenant's", () => {
    world = new World({ perInstallation: 50, perNamespace: 50 });
    world.group('ExternalSecret/bad/a', { maxConcurrent: 50 });
    world.group('ExternalSecret/good/a');
    for (let index = 0; index < 50; index += 1)
      world.workload(`w${index}`, ['ExternalSecret/bad/a'], { namespace: 'bad', outcome: 'stuck' });
    const good = world.workload('w', ['ExternalSecret/good/a'], { namespace: 'good' });
    world.run();
    world.change('ExternalSecret/bad/a');
    world.advance(MINUTE);
    expect(world.rolling().length).toBeGreaterThanOrEqual(40);
    world.change('ExternalSecret/good/a');
    world.advance(30_000);
    expect(good.phase).toBe('Healthy');
  });

  test('namespaces take turns for the places of the installation', () => {
    world = new World({ perInstallation: 2, perNamespace: 2 });
    for (const namespace of ['x', 'y', 'z']) {
      world.group(`ExternalSecret/${namespace}/a`);
      for (let index = 0; index < 3; index += 1) world.workload(`w${index}`, [`ExternalSecret/${namespace}/a`], { namespace });
    }
    world.run();
    for (const namespace of ['x', 'y', 'z']) world.change(`ExternalSecret/${namespace}/a`);
    world.advance(DAY);
    const turns = world.patched.map((id) => id.split('/')[1]);
    expect(turns).toHaveLength(9);
    for (const namespace of ['x', 'y', 'z']) expect(turns.slice(0, 5)).toContain(namespace);
  });

  test('a place that nobody takes is given on', () => {
    world.group(A, { maxConcurrent: 1 });
    const [first, second, third] = ['a', 'b', 'c'].map((name) => world.workload(name, [A])) as [Workload, Workload, Workload];
    world.run();
    world.change(A);
    world.advance(2_000);
    expect(namesOf(world.rolling(A))).toHaveLength(1);
    const waiting = [first, second, third].filter(({ phase }) => phase !== 'Rolling');
    world.broken.add(waiting[0]!.id);
    world.advance(5 * MINUTE);
    expect(waiting[1]!.phase).toBe('Healthy');
    world.broken.clear();
    world.touch(waiting[0]!);
    world.advance(5 * MINUTE);
    expect(waiting[0]!.phase).toBe('Healthy');
  });

  test('a deleted workload and a refused patch free their places', () => {
    world.group(A, { maxConcurrent: 1 });
    const [one, two] = ['a', 'b'].map((name) => world.workload(name, [A], { outcome: 'stuck' })) as [Workload, Workload];
    world.run();
    world.change(A);
    world.advance(3_000);
    const [rolling, other] = one.phase === 'Rolling' ? [one, two] : [two, one];
    world.delete(rolling);
    world.run();
    expect(other.phase).toBe('Rolling');

    const facts = { dueSince: world.clock.now(), healthyBefore: true };
    world.group(B, { maxConcurrent: 1 });
    const [c, d] = ['c', 'd'].map((name) => world.workload(name, [B])) as [Workload, Workload];
    world.run();
    expect(world.admission.admit(c.id, [B], facts).kind).toBe('now');
    expect(world.admission.admit(d.id, [B], facts)).toMatchObject({ kind: 'wait', reason: 'MaxConcurrent', group: B });
    world.admission.release(c.id);
    expect(world.admission.admit(d.id, [B], facts).kind).toBe('now');
  });

  test('one that was unhealthy before holds no place and waits for none', () => {
    world.group(A, { maxConcurrent: 1, waves: CANARY_FIRST });
    const canary = world.workload('canary', [A], { labels: { tier: 'canary' }, outcome: 'stuck' });
    const sick = world.workload('sick', [A], { isHealthy: false, outcome: 'fails' });
    const healthy = world.workload('z', [A]);
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(canary.phase).toBe('Rolling');
    expect(sick.phase).toBe('Failed');
    expect(waitOf(healthy)).toBe('EarlierWave');
    expect(world.admission.viewOf(A)?.failures).toBe(0);
  });

  test('a group that cannot use its turn leaves it to the next one', () => {
    world = new World({ perNamespace: 1 });
    const [c, a, b] = ['c', 'a', 'b'].map((name) => `ExternalSecret/ns/${name}`) as [string, string, string];
    for (const group of [a, b, c]) world.group(group);
    world.workload('c', [c], { outcome: 'stuck' });
    const first = world.workload('a', [a]);
    const second = world.workload('b', [b]);
    world.run();
    world.change(c);
    world.advance(5_000);
    world.change(a);
    world.change(b);
    world.advance(5_000);
    expect([waitOf(first), waitOf(second)]).toEqual(['NamespaceLimit', 'NamespaceLimit']);
    world.group(a, { suspend: true });
    world.advance(11 * MINUTE);
    expect(second.phase).toBe('Healthy');
    expect(first.phase).toBe('Current');
  });

  test('one that was unhealthy before passes those that wait for an earlier wave', () => {
    world.group(A, { waves: CANARY_FIRST });
    world.workload('canary', [A], { labels: { tier: 'canary' }, outcome: 'stuck' });
    world.workload('a', [A]);
    const sick = world.workload('z', [A], { isHealthy: false, phase: 'Blocked' });
    world.run();
    world.change(A);
    world.advance(5_000);
    world.group(A, { waves: CANARY_FIRST, suspend: true });
    sick.phase = 'Current';
    world.touch(sick);
    world.run();
    expect(waitOf(sick)).toBe('Suspended');
    world.group(A, { waves: CANARY_FIRST });
    world.advance(1_000);
    expect(sick.phase).toBe('Rolling');
  });

  test('a workload that rolls is looked at again at its deadline, whatever rounds it has before', () => {
    world.group(A);
    const workload = world.workload('a', [A], { phase: 'Rolling', rolled: [A] });
    world.run();
    expect(world.admission.inFlight).toBe(1);
    world.advance(MINUTE);
    world.touch(workload);
    world.run();
    const before = world.rounds;
    world.advance(9 * MINUTE - 1);
    expect(world.rounds).toBe(before);
    workload.phase = 'Failed';
    world.advance(1);
    expect(world.rounds).toBe(before + 1);
    expect(world.admission.inFlight).toBe(0);
  });

  test('a place that nobody takes is given on, whatever rounds the others have meanwhile', () => {
    world.group(A, { maxConcurrent: 1 });
    const [, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => world.workload(name, [A])) as [Workload, Workload, Workload, Workload];
    world.run();
    world.change(A);
    world.advance(3_000);
    expect(world.patchedNames()).toEqual(['a']);
    world.broken.add(b.id);
    world.advance(25_000);
    for (const other of [c, d]) world.touch(other);
    world.advance(5 * MINUTE);
    expect([c.phase, d.phase]).toEqual(['Healthy', 'Healthy']);
  });

  test('a thousand workloads: one wake and few timers for each', () => {
    world = new World({ perNamespace: 100, perInstallation: 200 });
    world.group(A);
    for (let index = 0; index < 1_000; index += 1) world.workload(`w${index}`, [A]);
    world.run();
    world.change(A);
    const before = world.rounds;
    world.advance(DAY);
    expect(world.patchedNames()).toHaveLength(1_000);
    // The change, the kubelet delay, the wake, rolling, healthy.
    expect(world.rounds - before).toBeLessThan(1_000 * 5.2);
  });
});
