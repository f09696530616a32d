import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Clock, ms } from '../../../../src/base/time/clock.ts';
import {
  heldSpec,
  type LeaseObject,
  type LeaseSpec,
  type LeaseStep,
  nextLeaseStep,
  observeLease,
  releasedSpec,
} from '../../../../src/kube/leader-election/lease.ts';
import type { WriteLease } from '../../../../src/kube/leader-election/fence.ts';
import { runLeaderElection } from '../../../../src/kube/leader-election/leader-election.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Fault, LeaseApi } from '../lease-api.ts';

function lease(spec: LeaseSpec, uid = 'u', resourceVersion = '1'): LeaseObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', uid, resourceVersion, creationTimestamp: '' },
    spec,
  };
}

describe('the next step', () => {
  const table: readonly [string, LeaseSpec | undefined, number, LeaseStep['kind']][] = [
    ['no lease', undefined, 0, 'create'],
    ['ours', { holderIdentity: 'me', leaseDurationSeconds: 15 }, 0, 'renew'],
    ['ours, long silent', { holderIdentity: 'me', leaseDurationSeconds: 15 }, 99_000, 'renew'],
    ['of another, seen now', { holderIdentity: 'you', leaseDurationSeconds: 15 }, 0, 'wait'],
    ['of another, seen for almost its duration', { holderIdentity: 'you', leaseDurationSeconds: 15 }, 14_999, 'wait'],
    ['of another, seen for its duration', { holderIdentity: 'you', leaseDurationSeconds: 15 }, 15_000, 'take'],
    ['of another who asks for longer than we would', { holderIdentity: 'you', leaseDurationSeconds: 60 }, 15_000, 'wait'],
    ['released', { holderIdentity: '', leaseDurationSeconds: 1 }, 0, 'take'],
    ['without a holder', {}, 0, 'take'],
    [
      'a renewTime of the past, seen now',
      { holderIdentity: 'you', leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' },
      0,
      'wait',
    ],
    [
      'a renewTime of the future, seen for its duration',
      { holderIdentity: 'you', leaseDurationSeconds: 15, renewTime: '2999-01-01T00:00:00.000000Z' },
      15_000,
      'take',
    ],
  ];

  it.each(table)('%s', (_case, spec, elapsed, kind) => {
    const observed = observeLease(undefined, spec === undefined ? undefined : lease(spec), ms(1_000));
    expect(nextLeaseStep(observed, ms(1_000 + elapsed), 'me').kind).toBe(kind);
  });

  it('counts from when the record was first seen as it is', () => {
    const spec = { holderIdentity: 'you', leaseDurationSeconds: 15, renewTime: 'a' };
    const first = observeLease(undefined, lease(spec), ms(1_000));
    expect(observeLease(first, lease({ ...spec }, 'u', '2'), ms(5_000)).since).toBe(1_000);
    expect(observeLease(first, lease({ ...spec, renewTime: 'b' }), ms(5_000)).since).toBe(5_000);
    expect(observeLease(first, lease(spec, 'another'), ms(5_000)).since).toBe(5_000);
    expect(observeLease(first, undefined, ms(5_000)).since).toBe(5_000);
  });

  it('writes records that the API server takes: microseconds, transitions counted', () => {
    const now = ms(Date.UTC(2026, 0, 1, 0, 0, 0, 7));
    const old = lease({ holderIdentity: 'you', leaseTransitions: 3 });
    expect(heldSpec({ kind: 'take', lease: old }, 'me', ms(15_000), now)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.007000Z',
      renewTime: '2026-01-01T00:00:00.007000Z',
      leaseTransitions: 4,
    });
    expect(heldSpec({ kind: 'create' }, 'me', ms(15_000), now).leaseTransitions).toBe(0);
    expect(heldSpec({ kind: 'renew', lease: old }, 'me', ms(15_000), now)).not.toHaveProperty('leaseTransitions');
    expect(releasedSpec(now)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });
});

interface Window {
  readonly from: number;
  readonly length: number;
}

interface Process {
  readonly rate: number;
  readonly offset: number;
  readonly delays: readonly number[];
  readonly faults: readonly Fault[];
  /** Stopped as by SIGSTOP: its timers and the answers it waits for come when it wakes. */
  readonly freezes: readonly Window[];
  /** None of its requests arrives. */
  readonly outages: readonly Window[];
}

const TROUBLED_MS = 80_000;

/** Milliseconds until the end of the window that the true time is in; 0 outside of all. */
function leftOf(windows: readonly Window[], base: FakeClock): number {
  const now = base.monotonic();
  return Math.max(0, ...windows.filter(({ from }) => from <= now).map(({ from, length }) => from + length - now));
}

/** The clock of a process: `rate` times as fast as the true one, off by `offset`, its sleepers late while it's frozen. */
function clockOf({ rate, offset, freezes }: Process, base: FakeClock): Clock {
  const start = base.monotonic();
  return {
    now: () => ms(base.now() + (rate - 1) * (base.monotonic() - start) + offset),
    monotonic: () => ms(1 + rate * base.monotonic()),
    async sleep(duration, signal) {
      await base.sleep(ms(duration / rate), signal);
      for (let left = leftOf(freezes, base); left > 0; left = leftOf(freezes, base)) await base.sleep(ms(left), signal);
    },
  };
}

/** Lets the process be a candidate again and again until `stop`; tells each lease it holds. */
async function live(
  process: Process,
  index: number,
  base: FakeClock,
  api: LeaseApi,
  stop: AbortSignal,
  onLead: (lease: WriteLease) => void,
) {
  const clock = clockOf(process, base);
  const troubled = (): boolean => base.monotonic() < TROUBLED_MS;
  let calls = 0;
  const next = <T>(of: readonly T[]): T => of[(calls += 1) % of.length]!;
  const fault = (): Fault => (!troubled() ? 'none' : leftOf(process.outages, base) > 0 ? 'refused' : next(process.faults));
  const client = api.client(clock, () => (troubled() ? next(process.delays) : 20), fault);
  for (let life = 0; !stop.aborted; life += 1) {
    await runLeaderElection({
      client,
      clock,
      namespace: 'ops',
      name: 'keytender',
      identity: `${index}-${life}`,
      signal: stop,
      onStartedLeading: async (signal, held) => {
        onLead(held);
        await clock.sleep(ms(1e9), signal).catch(() => undefined);
        // Slow to end: only the lease may hold it back meanwhile.
        await clock.sleep(ms(700), new AbortController().signal);
      },
    });
  }
}

describe('leader election among processes', () => {
  it('never lets two write at once, whatever clocks, freezes, latencies and faults; and one leads in the end', async () => {
    const windows = fc.array(fc.record({ from: fc.integer({ min: 0, max: 60_000 }), length: fc.integer({ min: 5_000, max: 20_000 }) }), {
      maxLength: 2,
    });
    const process: fc.Arbitrary<Process> = fc.record({
      rate: fc.double({ min: 0.93, max: 1.07, noNaN: true }),
      offset: fc.integer({ min: -1e9, max: 1e9 }),
      delays: fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 8 }),
      faults: fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'none', 'refused', 'lost answer', 'hang'), {
        minLength: 1,
        maxLength: 12,
      }),
      freezes: windows,
      outages: windows,
    });
    let leaderships = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(process, { minLength: 2, maxLength: 3 }), async (processes) => {
        const clock = new FakeClock();
        const api = new LeaseApi();
        const stop = new AbortController();
        const leases: WriteLease[] = [];
        const onLead = (lease: WriteLease): void => {
          leaderships += 1;
          leases.push(lease);
        };
        const lives = processes.map((process, index) => live(process, index, clock, api, stop.signal, onLead));
        const entitled = (): number => leases.filter((lease) => lease.remainingMs() > 0).length;
        while (clock.monotonic() < TROUBLED_MS + 45_000) {
          await clock.advance(250);
          expect(entitled()).toBeLessThanOrEqual(1);
        }
        expect(entitled()).toBe(1);
        stop.abort();
        await clock.advance(20_000);
        await Promise.all(lives);
        expect(entitled()).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(leaderships).toBeGreaterThanOrEqual(60);
  }, 60_000);
});
