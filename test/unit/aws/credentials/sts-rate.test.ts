// Calls of STS for the stores of one namespace leave enough for others.
import { describe, expect, it } from '@jest/globals';
import { StsRate } from '../../../../src/aws/credentials/sts-rate.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ok } from '../../../../src/base/result.ts';
import { saidOf } from '../../../support/said.ts';

const open = new AbortController().signal;

describe('turns at STS', () => {
  it('go on for one namespace whatever another one asks for', async () => {
    const turns = new StsRate(new FakeClock());
    const hostile = Array.from({ length: 1_000 }, () => turns.next({ storeNamespace: 'hostile' }, open));
    expect(await turns.next({ storeNamespace: 'other' }, open)).toMatchObject({ ok: true });
    expect(await turns.next({}, open)).toMatchObject({ ok: true });
    void Promise.allSettled(hostile);
  });

  it('come at a rate to who asks for many, and are refused to who would wait too long', async () => {
    const clock = new FakeClock();
    const turns = new StsRate(clock);
    const outcomes = Array.from({ length: 1_000 }, () => turns.next({ storeNamespace: 'hostile' }, open));
    await clock.advance(5_000);
    const all = await Promise.all(outcomes);
    expect(all.filter(({ ok }) => ok)).toHaveLength(70);
    expect(saidOf(all.at(-1) ?? ok(undefined))).toEqual({
      reason: 'Throttled',
      message: 'STS was not called: the stores of one namespace need more than 10 new sessions a second, which is a limit of Keytender',
    });
  });

  it('are refused without the name of the namespace, since stores of others may wait for the same session', async () => {
    const turns = new StsRate(new FakeClock());
    const outcomes = Array.from({ length: 100 }, () => turns.next({ storeNamespace: 'hostile' }, open));
    expect(JSON.stringify(await outcomes.at(-1))).not.toContain('hostile');
    void Promise.allSettled(outcomes);
  });

  it('of cluster-scoped stores are refused, too', async () => {
    const turns = new StsRate(new FakeClock());
    const outcomes = Array.from({ length: 1_000 }, () => turns.next({}, open));
    const last = (await outcomes.at(-1)) ?? ok(undefined);
    expect(saidOf(last)?.message).toMatch(/^STS was not called: cluster-scoped stores need more than 50 new sessions a second, /);
    void Promise.allSettled(outcomes);
  });

  it('that were not used are given back, also by a call that ends while it waits', async () => {
    const turns = new StsRate(new FakeClock());
    for (let n = 0; n < 1_000; n += 1) {
      expect(await turns.next({ storeNamespace: 'a' }, open)).toMatchObject({ ok: true });
      turns.giveBack({ storeNamespace: 'a' });
    }
    for (let n = 0; n < 20; n += 1) await turns.next({ storeNamespace: 'a' }, open);
    for (let n = 0; n < 1_000; n += 1) {
      await expect(turns.next({ storeNamespace: 'a' }, AbortSignal.abort(new DOMException('over', 'AbortError')))).rejects.toThrow('over');
    }
  });

  it('end with the call that waits', async () => {
    const turns = new StsRate(new FakeClock());
    for (let n = 0; n < 20; n += 1) await turns.next({ storeNamespace: 'a' }, open);
    const stop = new AbortController();
    const waiting = turns.next({ storeNamespace: 'a' }, stop.signal);
    stop.abort(new DOMException('over', 'AbortError'));
    await expect(waiting).rejects.toThrow('over');
  });
});
