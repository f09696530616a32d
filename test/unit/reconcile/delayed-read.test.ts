// A read that waits because its namespace has exceeded its read rate.
import { describe, expect, it } from '@jest/globals';
import { World } from './world.ts';

const db = [{ secretKey: 'password', remoteRef: { key: 'db' } }];

describe('a read that is held back', () => {
  it('is told on the resource, leaves what it holds, and is done afterwards', async () => {
    const made = new World();
    made.values.put('db', 'one');
    made.values.put('other', 'two');
    made.apply('orders', { data: db });
    await made.settle('orders');
    const acted = made.recorded.length;
    made.source.heldBack = true;
    made.apply('orders', { data: [{ secretKey: 'password', remoteRef: { key: 'other' } }] });
    made.sync();
    expect(await made.reconcile('orders')).toEqual({ kind: 'done' });
    const upToDate = () => made.resource('orders')?.status?.conditions?.find(({ type }) => type === 'UpToDate');
    expect(upToDate()).toMatchObject({ status: 'False', reason: 'ReadsDelayed' });
    expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one' }]);
    // It has not acted on its change, and says the same but once.
    expect(made.recorded.length).toBe(acted);
    const version = made.resource('orders')?.metadata.resourceVersion;
    made.sync();
    await made.reconcile('orders');
    expect(made.resource('orders')?.metadata.resourceVersion).toBe(version);
    made.source.heldBack = false;
    made.sync();
    await made.reconcile('orders');
    expect([upToDate(), made.data('orders')]).toEqual([undefined, { password: 'two' }]);
  });
});
