import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Clock, ms } from '../../../src/base/clock.ts';
import {
  heldSpec,
  type LeaseObject,
  type LeaseSpec,
  type LeaseStep,
  nextLeaseStep,
  observeLease,
  releasedSpec,
} from '../../../src/kube/lease.ts';
import type { WriteLease } from '../../../src/kube/fence.ts';
import { runLeaderElection } from '../../../src/kube/leader-election.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type Fault, LeaseApi } from './lease-api.ts';

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

/** A clock that runs `rate` times as fast as the true one and is off by `offset`. */
function skewed(base: FakeClock, rate: number, offset: number): Clock {
  const start = base.monotonic();
  return {
    now: () => ms(base.now() + (rate - 1) * (base.monotonic() - start) + offset),
    monotonic: () => ms(1 + rate * base.monotonic()),
    sleep: (duration, signal) => base.sleep(ms(duration / rate), signal),
  };
}

describe('leader election among processes', () => {
  it('never lets two write at once, whatever clocks, latencies and faults; and somebody leads in the end', async () => {
    const candidate = fc.record({
      rate: fc.double({ min: 0.93, max: 1.07, noNaN: true }),
      offset: fc.integer({ min: -1e9, max: 1e9 }),
      delays: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 8 }),
      faults: fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'refused', 'lost answer', 'hang'), {
        minLength: 1,
        maxLength: 12,
      }),
    });
    let leaderships = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(candidate, { minLength: 2, maxLength: 4 }), async (candidates) => {
        const clock = new FakeClock();
        const api = new LeaseApi();
        const stop = new AbortController();
        const leases = new Map<number, WriteLease>();
        let faulty = true;
        const runs = candidates.map(async ({ rate, offset, delays, faults }, index) => {
          const own = skewed(clock, rate, offset);
          let calls = 0;
          const client = api.client(
            own,
            () => (faulty ? delays[(calls += 1) % delays.length]! : 20),
            () => (faulty ? faults[(calls += 1) % faults.length]! : 'none'),
          );
          for (let life = 0; !stop.signal.aborted; life += 1) {
            await runLeaderElection({
              client,
              clock: own,
              namespace: 'ops',
              name: 'keytender',
              identity: `${index}-${life}`,
              signal: stop.signal,
              onStartedLeading: async (signal, held) => {
                leaderships += 1;
                leases.set(index, held);
                // A process that was frozen or is slow to end goes on for a while: only the lease may hold it back.
                await own.sleep(ms(1e9), signal).catch(() => undefined);
                await own.sleep(ms(700), new AbortController().signal);
              },
            });
          }
        });
        const entitled = () => [...leases.values()].filter((held) => held.remainingMs() > 0).length;
        for (let step = 0; step < 240; step += 1) {
          if (step === 160) faulty = false;
          await clock.advance(500);
          expect(entitled()).toBeLessThanOrEqual(1);
        }
        expect(entitled()).toBe(1);
        stop.abort();
        await clock.advance(20_000);
        await Promise.all(runs);
        expect(entitled()).toBe(0);
      }),
      { numRuns: 25 },
    );
    expect(leaderships).toBeGreaterThanOrEqual(25);
  }, 60_000);
});
