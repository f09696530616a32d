// A target, or a restart target, beyond the memory share of its namespace: known by name only. It exists, and nothing is decided about it.
import { expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { conditionOf, db, ordersWorld, round } from './orders.ts';
import { NAMESPACE } from './world.ts';

const MESSAGE =
  /^Secret "orders" takes 5 KiB of memory, more than is left by the Secrets of this namespace with the label keytender.dev\/managed; delete or shorten /;

it('is neither written nor created again, and the ExternalSecret says why, once', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db });
  await made.settle('orders');
  made.values.put('db', 'two');
  made.nameOnlyOthers.add('orders');
  // Another client makes it larger.
  made.api.edit(builtin.secret, NAMESPACE, 'orders', { metadata: { annotations: { large: 'x' } } });
  const writes = (): readonly unknown[] => made.api.writes.filter(({ kind }) => kind === 'Secret');
  const { length } = writes();
  expect(await round(made)).toEqual({ kind: 'done' });
  expect(conditionOf(made, 'Ready')).toMatchObject({ status: 'False', reason: 'MemoryShareExceeded' });
  expect(conditionOf(made, 'Ready')?.message).toMatch(MESSAGE);
  expect(conditionOf(made, 'Ready')?.message.length).toBeLessThanOrEqual(300);
  expect([made.data('orders'), writes().length, [...made.source.subscriptions.keys()]]).toEqual([{ password: 'one' }, length, []]);
  expect(made.resource('orders')?.status?.content).toBe(made.content('orders'));
  const before = made.api.writes.length;
  await made.settle('orders');
  made.restart();
  await made.settle('orders');
  expect(made.api.writes).toHaveLength(before);
  made.nameOnlyOthers.clear();
  made.restart();
  await made.settle('orders');
  expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'two' }]);
});

it('is created again when it was deleted, with the same content id', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db });
  await made.settle('orders');
  const content = made.content('orders');
  made.nameOnlyOthers.add('orders');
  made.restart();
  await round(made);
  made.api.remove(builtin.secret, NAMESPACE, 'orders');
  made.nameOnlyOthers.clear();
  made.restart();
  await made.settle('orders');
  expect([made.ready('orders'), made.content('orders')]).toEqual(['SecretSynced', content]);
});

it('restarts nothing while its content is unknown, and nothing when it is known again', async () => {
  const made = ordersWorld();
  made.deploy('app');
  made.apply('orders', { data: db, restart: { targets: [{ kind: 'Deployment', name: 'app' }] } });
  await made.settle('orders');
  made.values.put('db', 'two');
  await made.settle('orders');
  const template = (): unknown => (made.api.find(builtin.deployment, NAMESPACE, 'app') as { spec?: { template?: unknown } }).spec?.template;
  const rolled = JSON.stringify(template());
  expect(rolled).toContain('restart.keytender.dev/orders');
  for (const known of [false, true]) {
    if (known) made.nameOnlyOthers.clear();
    else made.nameOnlyOthers.add('orders');
    made.restart();
    await made.settle('orders');
    expect(JSON.stringify(template())).toBe(rolled);
  }
});

it('is deleted under its former name only when it is known again', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db });
  await made.settle('orders');
  made.nameOnlyOthers.add('orders');
  made.restart();
  made.apply('orders', { data: db, target: { name: 'renamed' } });
  await made.settle('orders');
  expect([made.ready('orders'), made.data('renamed'), made.data('orders')]).toEqual([
    'SecretSynced',
    { password: 'one' },
    { password: 'one' },
  ]);
  made.nameOnlyOthers.clear();
  made.restart();
  await made.settle('orders');
  expect(made.secret('orders')).toBeUndefined();
});

it('takes no new version when it is known again if the policy does not', async () => {
  const made = ordersWorld();
  made.apply('orders', { data: db, refreshPolicy: 'OnChange' });
  await made.settle('orders');
  made.nameOnlyOthers.add('orders');
  made.restart();
  await made.settle('orders');
  made.values.put('db', 'two');
  made.nameOnlyOthers.clear();
  made.restart();
  await made.settle('orders');
  expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one' }]);
});

it('is known by name when it was read once more for a writer and is too large', async () => {
  const made = ordersWorld();
  made.secretsFirst = true;
  made.apply('orders', { data: db, target: { creationPolicy: 'Orphan' } });
  await made.settle('orders');
  made.memory = 1_000;
  made.restart();
  await made.reconcile('orders');
  expect([made.ready('orders'), made.data('orders')]).toEqual(['MemoryShareExceeded', { password: 'one' }]);
});

it('is a restart target that is read before a restart', async () => {
  const made = ordersWorld();
  made.deploy('app');
  made.apply('orders', { data: db, restart: { targets: [{ kind: 'Deployment', name: 'app' }] } });
  await made.settle('orders');
  made.values.put('db', 'two');
  await made.settle('orders');
  made.nameOnlyOthers.add('app');
  made.restart();
  const before = made.api.writes.length;
  await made.settle('orders');
  expect(made.api.writes).toHaveLength(before);
  made.values.put('db', 'three');
  await made.settle('orders');
  const markers = JSON.stringify(made.api.find(builtin.deployment, NAMESPACE, 'app'));
  expect(markers).toContain(made.content('orders'));
});
