// An ExternalSecret beyond the memory share of its namespace.
import { expect, it } from '@jest/globals';
import { World } from './world.ts';

const db = [{ secretKey: 'password', remoteRef: { key: 'db' } }];

it('is not worked on while it is not kept: its Secret stays, nothing is refreshed, and its status says why', async () => {
  const made = new World();
  made.values.put('db', 'one');
  const round = (): Promise<unknown> => {
    made.sync();
    return made.reconcile('orders');
  };
  made.apply('orders', { data: db });
  await round();
  made.nameOnly.add('orders');
  made.apply('orders', { data: [...db, { secretKey: 'more', remoteRef: { key: 'db' } }] });
  expect(await round()).toEqual({ kind: 'done' });
  expect([made.ready('orders'), made.data('orders'), [...made.source.subscriptions.keys()]]).toEqual([
    'MemoryShareExceeded',
    { password: 'one' },
    [],
  ]);
  expect(made.resource('orders')?.status?.binding).toEqual({ name: 'orders' });
  const { length } = made.api.writes;
  await round();
  expect(made.api.writes).toHaveLength(length);
  made.nameOnly.clear();
  made.restart();
  await round();
  expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one', more: 'one' }]);
});
