import { beforeEach, describe, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { A, B, CANARY_FIRST, DAY, MINUTE, namesOf, ROLL_MS, waitOf, World } from './admission-world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

describe('waves', () => {
  beforeEach(() => {
    world.group(A, { waves: CANARY_FIRST });
  });

  test('the rest waits until the canary is healthy', () => {
    const canary = world.workload('z', [A], { labels: { tier: 'canary' } });
    const rest = ['a', 'b'].map((name) => world.workload(name, [A]));
    world.run();
    world.change(A);
    world.advance(3_000);
    expect(namesOf(world.rolling())).toEqual(['z']);
    expect(rest.map(waitOf)).toEqual(['EarlierWave', 'EarlierWave']);
    world.advance(ROLL_MS);
    expect(canary.phase).toBe('Healthy');
    expect(namesOf(world.rolling())).toEqual(['a', 'b']);
  });

  test('soak: the next wave begins when the canary has been healthy for that time, with one timer', () => {
    world.group(A, { waves: [{ ...CANARY_FIRST[0]!, soak: ms(5 * MINUTE) }, CANARY_FIRST[1]!] });
    world.workload('z', [A], { labels: { tier: 'canary' } });
    const rest = ['a', 'b'].map((name) => world.workload(name, [A]));
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(world.admission.viewOf(A)?.members.find(({ consumer }) => consumer === rest[0]!.id)).toMatchObject({
      reason: 'Soaking',
      wave: 'rest',
    });
    expect(world.rolling()).toEqual([]);
    world.advance(4 * MINUTE + 21_000);
    expect(namesOf(world.rolling())).toEqual([]);
    world.advance(2_000);
    expect(namesOf(world.rolling())).toEqual(['a', 'b']);
  });

  test('a failed canary halts the rest, and once it is healthy the rest goes on', () => {
    const canary = world.workload('z', [A], { labels: { tier: 'canary' }, outcome: 'fails' });
    const rest = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(DAY);
    expect(canary.phase).toBe('Failed');
    expect(world.admission.viewOf(A)).toMatchObject({ isHalted: true, failures: 1 });
    expect(world.admission.viewOf(A)?.members[1]).toMatchObject({ consumer: rest.id, phase: 'Pending', reason: 'Halted' });
    world.mend(canary);
    world.advance(MINUTE);
    expect(rest.phase).toBe('Healthy');
  });

  test('newer content: the waves begin again with it, failures count anew, and the failed one goes first', () => {
    const canary = world.workload('z', [A], { labels: { tier: 'canary' }, outcome: 'fails' });
    const rest = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(waitOf(rest)).toBe('EarlierWave');
    canary.outcome = 'healthy';
    world.change(A);
    expect(world.admission.viewOf(A)?.failures).toBe(0);
    world.advance(MINUTE);
    // The content has cured it, so it shows that the content works.
    expect(world.patchedNames()).toEqual(['z', 'z', 'a']);
    expect(rest.content.get(A)).toBe('c3');
  });

  test('one that has failed and whose old pods serve is held by no wave, and holds nobody behind it', () => {
    const canary = world.workload('z', [A], { labels: { tier: 'canary' } });
    const rest = world.workload('a', [A], { outcome: 'fails' });
    world.run();
    world.change(A);
    world.advance(DAY);
    expect(rest.phase).toBe('Failed');
    rest.isHealthy = true;
    rest.outcome = 'healthy';
    world.change(A);
    world.advance(MINUTE);
    expect([canary, rest].map(({ content }) => content.get(A))).toEqual(['c3', 'c3']);
  });

  test('one that still rolls is patched in its turn', () => {
    const canary = world.workload('z', [A], { labels: { tier: 'canary' } });
    const rest = world.workload('a', [A], { outcome: 'stuck' });
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(rest.phase).toBe('Rolling');
    world.change(A);
    world.advance(3_000);
    expect(canary.phase).toBe('Rolling');
    expect(waitOf(rest)).toBe('EarlierWave');
    world.advance(MINUTE);
    expect(world.patchedNames()).toEqual(['z', 'a', 'z', 'a']);
  });

  test.each([
    ['was unhealthy before, and still is', { isHealthy: false, outcome: 'fails' as const }],
    ['has no pod', { hasPod: false }],
    ['is blocked', { phase: 'Blocked' as const }],
    ['was superseded', { superseded: true }],
  ])('a canary that %s proves nothing', (_why, options) => {
    world.workload('z', [A], { labels: { tier: 'canary' }, ...options });
    const rest = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(DAY);
    expect(world.admission.viewOf(A)?.members.find(({ consumer }) => consumer === rest.id)?.reason).toBe('NoHealthyCanary');
    expect(world.patchedNames()).not.toContain('a');
  });

  test('a blocked workload holds up nothing while another canary shows that the content works', () => {
    world.workload('y', [A], { labels: { tier: 'canary' } });
    world.workload('z', [A], { labels: { tier: 'canary' }, phase: 'Blocked' });
    const rest = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(rest.phase).toBe('Healthy');
  });

  test('maxFailures and Continue', () => {
    world.group(A, { waves: CANARY_FIRST, maxFailures: 1 });
    world.workload('y', [A], { labels: { tier: 'canary' }, outcome: 'fails' });
    world.workload('z', [A], { labels: { tier: 'canary' } });
    const rest = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(MINUTE);
    expect(rest.phase).toBe('Healthy');

    world.group(B, { waves: CANARY_FIRST, onFailure: 'Continue' });
    world.workload('x', [B], { labels: { tier: 'canary' }, outcome: 'fails' });
    const other = world.workload('b', [B]);
    world.run();
    world.change(B);
    world.advance(MINUTE);
    expect(other.phase).toBe('Healthy');
  });

  test('without waves a failure stops the workloads that remain', () => {
    world.group(B, { maxConcurrent: 1 });
    for (const name of ['a', 'b', 'c']) world.workload(name, [B], { outcome: 'fails' });
    world.run();
    world.change(B);
    world.advance(DAY);
    expect(world.patched).toHaveLength(1);
    expect(world.admission.viewOf(B)?.counts).toMatchObject({ Failed: 1, Pending: 2 });
  });

  test('the soak ends in time although the first in the queue waits for something else', () => {
    world.group(A, { waves: [{ ...CANARY_FIRST[0]!, soak: ms(5 * MINUTE) }, CANARY_FIRST[1]!] });
    world.group(B, { windows: [{ cron: '0 1 * * SAT', zone: 'UTC', duration: ms(60 * MINUTE) }] });
    world.workload('canary', [A], { labels: { tier: 'canary' } });
    const both = world.workload('a', [A, B]);
    const rest = world.workload('b', [A]);
    world.run();
    world.change(B);
    world.change(A);
    world.advance(10_000);
    expect([waitOf(both), waitOf(rest)]).toEqual(['WindowClosed', 'EarlierWave']);
    world.advance(7 * MINUTE);
    expect(rest.phase).toBe('Healthy');
    expect(both.phase).toBe('Current');
  });
});
