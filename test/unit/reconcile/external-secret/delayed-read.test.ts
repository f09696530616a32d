// A read that waits because its namespace has exceeded its read rate.
import { describe, expect, it } from '@jest/globals';
import { conditionOf, db, ordersWorld, round } from '../orders.ts';

describe('a read that is held back', () => {
  it('is told on the resource, leaves what it holds, and is done afterwards', async () => {
    const made = ordersWorld();
    made.values.put('other', 'two');
    made.apply('orders', { data: db });
    await made.settle('orders');
    const acted = made.recorded;
    made.source.heldBack = true;
    made.apply('orders', { data: [{ secretKey: 'password', remoteRef: { key: 'other' } }] });
    expect(await round(made)).toEqual({ kind: 'done' });
    const upToDate = () => conditionOf(made, 'UpToDate');
    expect(upToDate()).toMatchObject({ status: 'False', reason: 'ReadsDelayed' });
    expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one' }]);
    // It has not acted on its change, and says the same but once.
    expect(made.recorded).toBe(acted);
    const version = made.resource('orders')?.metadata.resourceVersion;
    await round(made);
    expect(made.resource('orders')?.metadata.resourceVersion).toBe(version);
    made.source.heldBack = false;
    await round(made);
    expect([upToDate(), made.data('orders')]).toEqual([undefined, { password: 'two' }]);
  });
});
