// A forced sync that is delayed: because there were too many, or because calls are refused.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { conditionOf, db, ordersWorld as world, round } from '../orders.ts';

describe('a forced sync', () => {
  it('makes a forced sync that came too often later, and says so until then', async () => {
    const made = world();
    const force = (value: string): void =>
      made.apply('orders', { data: db, refreshInterval: '0' }, { annotations: { [keytender.annotations.forceSync]: value } });
    for (let n = 0; n < 6; n += 1) {
      made.values.put('db', `value ${n}`);
      force(String(n));
      await round(made);
    }
    expect([made.data('orders'), made.resource('orders')?.status?.forceSync]).toEqual([{ password: 'value 4' }, '4']);
    expect(conditionOf(made, 'UpToDate')).toMatchObject({ status: 'False', reason: 'ForceSyncDelayed' });
    expect(await round(made)).toMatchObject({ kind: 'requeue', after: 10_000 });
    await made.clock.advance(10_000);
    await round(made);
    expect([made.data('orders'), made.resource('orders')?.status?.forceSync]).toEqual([{ password: 'value 5' }, '5']);
    expect(made.resource('orders')?.status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });

  it('makes no forced sync while nothing may be asked, and makes it afterwards', async () => {
    const made = world();
    made.apply('orders', { data: db, refreshInterval: '0' });
    await made.settle('orders');
    made.values.put('db', 'two');
    made.source.closed = ms(30_000);
    const { reads } = made.source;
    made.apply('orders', { data: db, refreshInterval: '0' }, { annotations: { [keytender.annotations.forceSync]: 'now' } });
    expect(await round(made)).toMatchObject({ kind: 'requeue', after: 30_000 });
    expect([made.source.reads, made.resource('orders')?.status?.forceSync, made.ready('orders')]).toEqual([
      reads,
      undefined,
      'SecretSynced',
    ]);
    made.source.closed = ms(0);
    await round(made);
    expect([made.data('orders'), made.resource('orders')?.status?.forceSync]).toEqual([{ password: 'two' }, 'now']);
  });
});
