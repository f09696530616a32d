import { beforeEach, describe, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { ROLL_MS, type Workload, World } from './admission-world.ts';

const A = 'ExternalSecret/ns/a';
const B = 'ExternalSecret/ns/b';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const CANARY_FIRST = [
  { name: 'canary', selector: { matchLabels: { tier: 'canary' } }, soak: ms(0) },
  { name: 'rest', soak: ms(0) },
];

let world: World;
beforeEach(() => {
  world = new World();
});

function names(list: readonly Workload[]): string[] {
  return list.map(({ id }) => id.split('/')[2] ?? '');
}

function patched(): string[] {
  return world.patched.map((id) => id.split('/')[2] ?? '');
}

function waits(workload: Workload): string | undefined {
  return workload.verdict?.kind === 'wait' ? workload.verdict.reason : undefined;
}

describe('places', () => {
  test('at most maxConcurrent at once, by name', () => {
    world.group(A, { maxConcurrent: 2 });
    const all = ['e', 'd', 'c', 'b', 'a'].map((name) => world.workload(name, [A]));
    world.run();
    world.change(A);
    world.advance(2_000);
    expect(names(world.rolling(A))).toHaveLength(2);
    expect(all.filter((one) => waits(one) === 'MaxConcurrent')).toHaveLength(3);
    world.advance(10 * MINUTE);
    expect(patched().slice(2)).toEqual(['a', 'b', 'c', 'd', 'e'].filter((name) => !patched().slice(0, 2).includes(name)));
    expect(all.every(({ phase }) => phase === 'Healthy')).toBe(true);
  });

  test('each freed place wakes one workload, not all that wait', () => {
    world.group(A, { maxConcurrent: 1 });
    for (let index = 0; index < 100; index += 1) world.workload(`w${index}`, [A]);
    world.run();
    world.change(A);
    const before = world.rounds;
    world.advance(DAY);
    expect(patched()).toHaveLength(100);
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
    expect(names(world.rolling(A))).toHaveLength(1);
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
    expect(waits(healthy)).toBe('EarlierWave');
    expect(world.admission.viewOf(A)?.failures).toBe(0);
  });
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
    expect(names(world.rolling())).toEqual(['z']);
    expect(rest.map(waits)).toEqual(['EarlierWave', 'EarlierWave']);
    world.advance(ROLL_MS);
    expect(canary.phase).toBe('Healthy');
    expect(names(world.rolling())).toEqual(['a', 'b']);
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
    expect(names(world.rolling())).toEqual([]);
    world.advance(2_000);
    expect(names(world.rolling())).toEqual(['a', 'b']);
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
    expect(waits(rest)).toBe('EarlierWave');
    canary.outcome = 'healthy';
    world.change(A);
    expect(world.admission.viewOf(A)?.failures).toBe(0);
    world.advance(MINUTE);
    expect(patched()).toEqual(['z', 'z']);
    // It was unhealthy before, so it proves nothing.
    expect(waits(rest)).toBe('NoHealthyCanary');
    world.change(A);
    world.advance(2 * MINUTE);
    expect(patched()).toEqual(['z', 'z', 'z', 'a']);
    expect(rest.content.get(A)).toBe('c4');
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
    expect(waits(rest)).toBe('EarlierWave');
    world.advance(MINUTE);
    expect(patched()).toEqual(['z', 'a', 'z', 'a']);
  });

  test.each([
    ['was unhealthy before', { isHealthy: false }],
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
    expect(patched()).not.toContain('a');
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
    expect(waits(only)).toBe('Suspended');
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

describe('time', () => {
  test('changes that come together are one rollout; one that never stops waits a minute at most', () => {
    world.group(A, { settle: ms(10_000) });
    const workload = world.workload('a', [A]);
    world.run();
    for (let index = 0; index < 5; index += 1) {
      world.change(A);
      world.advance(5_000);
    }
    expect(world.patched).toEqual([]);
    expect(waits(workload)).toBe('Settling');
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(1);

    world.group(B, { settle: ms(30_000) });
    world.workload('b', [B]);
    world.run();
    for (let index = 0; index < 5; index += 1) {
      world.change(B);
      world.advance(20_000);
    }
    expect(patched()).toContain('b');
  });

  test('the interval of the policy, and the floor that no policy and no annotation lowers', () => {
    world = new World({ minInterval: ms(MINUTE) });
    world.group(A, { minInterval: ms(10 * MINUTE) });
    const workload = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(30_000);
    world.change(A);
    world.advance(5_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'MinInterval', group: A });
    workload.restartNow = true;
    world.touch(workload);
    world.advance(5_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'MinInterval', group: '' });
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(2);
  });

  test('windows: closed until the next opening, restart-now passes them, a missed one counts as the policy says', () => {
    const night = [{ cron: '0 1 * * *', zone: 'UTC', duration: ms(60 * MINUTE) }];
    world.group(A, { windows: night });
    world.group(B, { windows: night, missed: 'Immediately' });
    const next = world.workload('a', [A]);
    const now = world.workload('n', [A]);
    const missed = world.workload('b', [B]);
    world.run();
    world.change(A);
    world.advance(5_000);
    expect(next.verdict).toMatchObject({ kind: 'wait', reason: 'WindowClosed', group: A, until: Date.UTC(2026, 2, 3, 1) });
    now.restartNow = true;
    world.touch(now);
    world.advance(MINUTE);
    expect(now.phase).toBe('Healthy');
    world.advance(DAY);
    expect(next.phase).toBe('Healthy');

    // Noon. The change came at noon a day ago, and the workload could not roll since.
    missed.phase = 'Blocked';
    world.change(B);
    world.advance(DAY);
    missed.phase = 'Current';
    world.touch(missed);
    world.advance(MINUTE);
    expect(missed.phase).toBe('Healthy');
  });

  test('windows that never meet are said, and another policy frees the workload', () => {
    const at = (hour: number) => [{ cron: `0 ${hour} * * *`, zone: 'UTC', duration: ms(60 * MINUTE) }];
    world.group(A, { windows: at(1) });
    world.group(B, { windows: at(3) });
    const workload = world.workload('a', [A, B]);
    world.run();
    world.change(A);
    world.change(B);
    world.advance(15 * MINUTE);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'WindowsNeverMeet', group: A, subject: B });
    world.group(B);
    world.group(A);
    world.advance(MINUTE);
    expect(workload.phase).toBe('Healthy');
  });

  test('a source that changes all the time is followed slowly, also by a new process', () => {
    world.group(A);
    const workload = world.workload('a', [A]);
    world.run();
    for (let index = 0; index < 10; index += 1) {
      world.change(A);
      world.advance(MINUTE);
    }
    const before = world.patched.length;
    world.restart();
    world.change(A);
    world.advance(3_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'SourceFlapping', group: A });
    expect(world.patched).toHaveLength(before);
    world.advance(60 * MINUTE);
    expect(world.isDue(workload, A)).toBe(false);
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
    expect([...world.workloads.values()].map(waits)).toContain('NotAllObserved');
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(1);
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
    expect(patched()).toEqual(['z', 'a']);
  });

  test('a group that is gone lets its members go on with the others', () => {
    world.group(A, { suspend: true });
    const workload = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.run();
    expect(waits(workload)).toBe('Suspended');
    const before = world.rounds;
    world.policies.delete(A);
    world.admission.retire(A);
    world.run();
    expect(world.rounds).toBeGreaterThan(before);
    expect(world.admission.viewOf(A)).toBeUndefined();
  });
});
