import { describe, expect, it } from '@jest/globals';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { fenced, type WriteLease } from '../../../../src/kube/leader-election/fence.ts';
import { type LeaderElectionOptions, runLeaderElection } from '../../../../src/kube/leader-election/leader-election.ts';
import type { KubeFailure, KubeWriter } from '../../../../src/kube/port.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { type Fault, LeaseApi } from '../lease-api.ts';

interface Leader {
  readonly lease: WriteLease;
  readonly signal: AbortSignal;
  readonly endWork: () => void;
}

function setUp() {
  const clock = new FakeClock();
  const api = new LeaseApi();
  const enter = (identity: string, extra: Partial<LeaderElectionOptions> = {}, faults: { now: Fault } = { now: 'none' }) => {
    const stop = new AbortController();
    const failures: KubeFailure[] = [];
    const holders: string[] = [];
    const candidate: { leader?: Leader; readonly [key: string]: unknown } = {};
    const end = runLeaderElection({
      client: api.client(
        clock,
        () => 10,
        () => faults.now,
      ),
      clock,
      namespace: 'ops',
      name: 'keytender',
      identity,
      signal: stop.signal,
      onFailure: (failure) => failures.push(failure),
      onHolder: (holder) => holders.push(holder),
      onStartedLeading: (signal, lease) =>
        new Promise((resolve) => {
          candidate.leader = { lease, signal, endWork: resolve };
        }),
      ...extra,
    });
    return { candidate, stop, end, failures, holders, faults };
  };
  return { clock, api, enter };
}

function recorder(answerAfter: number, clock: FakeClock) {
  const sent: string[] = [];
  const write = async (verb: string, signal: AbortSignal): Promise<never> => {
    sent.push(verb);
    await clock.sleep(ms(answerAfter), signal);
    return { ok: true, value: undefined } as never;
  };
  const writer: KubeWriter = {
    create: (_type, _namespace, _body, signal) => write('create', signal),
    mergePatch: (_type, _name, _body, signal) => write('patch', signal),
    delete: (_type, _name, _preconditions, signal) => write('delete', signal),
  };
  return { sent, writer };
}

describe('leader election', () => {
  it('leads, renews, and keeps the second waiting', async () => {
    const { clock, api, enter } = setUp();
    const [first, second] = [enter('a'), enter('b')];
    await clock.advance(60_000);
    expect(first.candidate.leader?.lease.remainingMs()).toBeGreaterThan(7_000);
    expect(second.candidate.leader).toBeUndefined();
    expect(second.holders).toEqual(['a']);
    expect(api.writes.length).toBeGreaterThan(25);
    first.stop.abort();
    first.candidate.leader?.endWork();
    second.stop.abort();
    await clock.advance(5_000);
    expect(await Promise.all([first.end, second.end])).toEqual(['stopped', 'stopped']);
    expect(clock.sleeping).toBe(0);
  });

  it('keeps the lease while the leader finishes, then gives it back; the next one leads within a retry period', async () => {
    const { clock, api, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const second = enter('b');
    await clock.advance(1_000);
    first.stop.abort();
    await settle();
    expect(first.candidate.leader?.signal.aborted).toBe(true);
    await clock.advance(20_000);
    expect(first.candidate.leader?.lease.remainingMs()).toBeGreaterThan(0);
    expect(second.candidate.leader).toBeUndefined();
    first.candidate.leader?.endWork();
    await clock.advance(100);
    expect(await first.end).toBe('stopped');
    expect(first.candidate.leader?.lease.remainingMs()).toBe(0);
    expect(api.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    await clock.advance(2_500);
    expect(second.candidate.leader).toBeDefined();
    second.stop.abort();
    second.candidate.leader?.endWork();
    await clock.advance(1_000);
    await second.end;
  });

  it.each<Fault>(['refused', 'hang', 'lost answer'])(
    'aborts the leader at the renew deadline when renewals are met by: %s',
    async (fault) => {
      const { clock, enter } = setUp();
      const first = enter('a');
      await clock.advance(1_000);
      first.faults.now = fault;
      await clock.advance(8_000);
      expect(first.candidate.leader?.signal.aborted).toBe(false);
      await clock.advance(3_000);
      expect(first.candidate.leader?.signal.aborted).toBe(true);
      expect(first.candidate.leader?.lease.remainingMs()).toBeLessThanOrEqual(0);
      first.candidate.leader?.endWork();
      expect(await first.end).toBe('lost');
      expect(first.failures.length).toBeGreaterThan(0);
    },
  );

  it('ends at once when somebody else holds the lease', async () => {
    const { clock, api, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const { resourceVersion } = api.lease!.metadata;
    const theft = { metadata: { resourceVersion }, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } };
    const stolen = api
      .client(clock)
      .mergePatch(builtin.lease, { namespace: 'ops', name: 'keytender' }, theft, new AbortController().signal);
    await clock.advance(4_500);
    expect((await stolen).ok).toBe(true);
    expect(first.candidate.leader?.signal.aborted).toBe(true);
    expect(first.candidate.leader?.lease.remainingMs()).toBe(0);
    first.candidate.leader?.endWork();
    expect(await first.end).toBe('lost');
    expect(api.lease?.spec?.holderIdentity).toBe('thief');
  });

  it('takes over when the leader is silent for the duration, not earlier', async () => {
    const { clock, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const second = enter('b');
    await clock.advance(1_000);
    first.faults.now = 'refused';
    await clock.advance(14_000);
    expect(second.candidate.leader).toBeUndefined();
    await clock.advance(4_000);
    expect(second.candidate.leader?.lease.remainingMs()).toBeGreaterThan(0);
    expect(first.candidate.leader?.lease.remainingMs()).toBeLessThanOrEqual(0);
    first.candidate.leader?.endWork();
    expect(await first.end).toBe('lost');
    second.stop.abort();
    second.candidate.leader?.endWork();
    await clock.advance(1_000);
    await second.end;
  });

  it('gives the lease back when the work ends by itself or throws, and passes on what it threw', async () => {
    const { clock, api, enter } = setUp();
    const done = enter('a', { onStartedLeading: () => Promise.resolve() });
    await clock.advance(1_000);
    expect(await done.end).toBe('ended');
    expect(api.lease?.spec?.holderIdentity).toBe('');
    const broken = enter('b', {
      onStartedLeading: () => {
        throw new RangeError('a defect');
      },
    });
    const rejected = expect(broken.end).rejects.toThrow('a defect');
    await clock.advance(1_000);
    await rejected;
    expect(api.lease?.spec?.holderIdentity).toBe('');
  });

  it('gives the lease back although its last renewal was cut off after it had arrived', async () => {
    const { clock, api, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const before = api.writes.length;
    first.faults.now = 'lost answer';
    await clock.advance(1_500);
    expect(api.writes).toHaveLength(before + 1);
    first.faults.now = 'none';
    first.stop.abort();
    first.candidate.leader?.endWork();
    await clock.advance(500);
    expect(await first.end).toBe('stopped');
    expect(api.lease?.spec?.holderIdentity).toBe('');
    expect(first.failures).toEqual([]);
  });

  it('stops while it waits for its turn, writing nothing', async () => {
    const { clock, api, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const second = enter('b');
    await clock.advance(1_000);
    second.stop.abort();
    expect(await second.end).toBe('stopped');
    expect(api.writes).not.toContain('b');
    first.stop.abort();
    first.candidate.leader?.endWork();
    await clock.advance(1_000);
    await first.end;
  });
});

describe('what is done', () => {
  /** Leads for a minute, and is killed: no release. */
  async function leadAndDie({ clock, enter }: ReturnType<typeof setUp>, identity: string, doneUntil?: () => Ms | undefined) {
    const { candidate, faults, end } = enter(identity, { doneUntil });
    await clock.advance(60_000);
    const leadUntil = candidate.leader?.lease.leadUntil;
    faults.now = 'hang';
    await clock.advance(60_000);
    candidate.leader?.endWork();
    await clock.advance(10_000);
    expect(await end).toBe('lost');
    return leadUntil;
  }

  it('is kept with the lease, and told to the next one instead of the last sign of life', async () => {
    const world = setUp();
    const done = ms(world.clock.now() - 3_600_000);
    expect(await leadAndDie(world, 'a', () => done)).toBeUndefined();
    // One that has not done anything yet leaves it as it was.
    expect(await leadAndDie(world, 'b', () => undefined)).toBe(done);
    expect(await leadAndDie(world, 'c', () => world.clock.now())).toBe(done);
    expect(await leadAndDie(world, 'd')).toBeGreaterThan(world.clock.now() - 4 * 60_000);
  });

  it('is nothing when the first leader of all did not come to work', async () => {
    const world = setUp();
    await leadAndDie(world, 'a', () => undefined);
    expect(await leadAndDie(world, 'b', () => undefined)).toBe(0);
  });

  it('is taken for all until its last sign of life of one that keeps no account', async () => {
    const world = setUp();
    await leadAndDie(world, 'a');
    const renewed = Date.parse(world.api.lease?.spec?.renewTime ?? '');
    expect(await leadAndDie(world, 'b', () => undefined)).toBe(renewed);
    // And is not forgotten over one that did nothing.
    expect(await leadAndDie(world, 'c', () => undefined)).toBe(renewed);
  });
});

describe('the fence', () => {
  const never = new AbortController().signal;
  const name = { namespace: 'a', name: 'b' };
  const refused = { ok: false, failure: { kind: 'unavailable', status: 0, message: 'no longer the leader' } };

  it('sends nothing without the lease', async () => {
    const clock = new FakeClock();
    const { sent, writer } = recorder(0, clock);
    const fence = fenced(writer, { remainingMs: () => 0 }, clock);
    expect(await fence.create(builtin.secret, 'a', {}, never)).toEqual(refused);
    expect(await fence.mergePatch(builtin.secret, name, {}, never)).toEqual(refused);
    expect(await fence.delete(builtin.secret, name, { uid: 'u' }, never)).toEqual(refused);
    expect(sent).toEqual([]);
  });

  it('lets writes through while it is held, and gives one up when the time ends', async () => {
    const clock = new FakeClock();
    const { sent, writer } = recorder(3_000, clock);
    const fence = fenced(writer, { remainingMs: () => 5_000 - (clock.monotonic() - 1_000) }, clock);
    const first = fence.create(builtin.secret, 'a', {}, never);
    await clock.advance(3_000);
    expect((await first).ok).toBe(true);
    const second = fence.mergePatch(builtin.secret, name, {}, never);
    await clock.advance(2_000);
    expect(await second).toEqual(refused);
    expect(sent).toEqual(['create', 'patch']);
    expect(clock.sleeping).toBe(0);
  });

  it('throws when the caller aborts, as every call does', async () => {
    const clock = new FakeClock();
    const { writer } = recorder(3_000, clock);
    const stop = new AbortController();
    const write = fenced(writer, { remainingMs: () => 5_000 }, clock).delete(builtin.secret, name, { uid: 'u' }, stop.signal);
    stop.abort();
    await expect(write).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['a suspended machine: only the wall clock went on', (clock: FakeClock) => clock.jump(11_000), false],
    ['a wall clock set back', (clock: FakeClock) => clock.jump(-3_600_000), true],
  ])('judges by the clock that says that more time has passed: %s', async (_case, disturb, mayWrite) => {
    const { clock, enter } = setUp();
    const first = enter('a');
    await clock.advance(1_000);
    const { lease, endWork } = first.candidate.leader!;
    disturb(clock);
    expect(lease.remainingMs() > 0).toBe(mayWrite);
    expect(lease.remainingMs()).toBeLessThanOrEqual(10_000);
    await clock.advance(2_500);
    expect(lease.remainingMs()).toBeGreaterThan(0);
    first.stop.abort();
    endWork();
    await clock.advance(1_000);
    await first.end;
  });
});
