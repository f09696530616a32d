// An ExternalSecret beyond the memory share of its namespace.
import { expect, it } from '@jest/globals';
import { conditionOf, db, ordersWorld, round } from './orders.ts';

it('is not worked on while it is not kept: its Secret stays, nothing is refreshed, and its status says why', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db });
  await round(made);
  made.nameOnly.add('orders');
  made.apply('orders', { data: [...db, { secretKey: 'more', remoteRef: { key: 'db' } }] });
  expect(await round(made)).toEqual({ kind: 'done' });
  expect([made.ready('orders'), made.data('orders'), [...made.source.subscriptions.keys()]]).toEqual([
    'MemoryShareExceeded',
    { password: 'one' },
    [],
  ]);
  expect(made.resource('orders')?.status?.binding).toEqual({ name: 'orders' });
  const { length } = made.api.writes;
  await round(made);
  expect(made.api.writes).toHaveLength(length);
  made.nameOnly.clear();
  made.restart();
  await round(made);
  expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one', more: 'one' }]);
});

it('takes no new version when it is kept again if its policy does not, and no longer repeats why it was not kept', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db, refreshPolicy: 'OnChange' });
  await made.settle('orders');
  made.nameOnly.add('orders');
  made.restart();
  await made.settle('orders');
  expect(made.ready('orders')).toBe('MemoryShareExceeded');
  made.values.put('db', 'two');
  made.nameOnly.clear();
  made.restart();
  await made.settle('orders');
  expect(conditionOf(made, 'Ready')).toMatchObject({ reason: 'SecretSynced', message: 'as last written, from 1 secret version' });
  expect(made.data('orders')).toEqual({ password: 'one' });
});
