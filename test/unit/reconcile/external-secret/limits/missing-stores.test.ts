// Stores that arrive a little later than their ExternalSecrets.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../../src/api/keytender-dialect.ts';
import { priority } from '../../../../../src/base/priority.ts';
import { db, ordersWorld, round } from '../../orders.ts';
import { NAMESPACE } from '../../world.ts';

describe('a store that is missing', () => {
  it('has a moment to come, is told of once, and has a moment again when it goes', async () => {
    const made = ordersWorld();
    const orders = { data: db, secretStoreRef: { name: 'late' } };
    made.apply('orders', orders);
    await round(made);
    expect(made.ready('orders')).toBeUndefined();
    await made.clock.advance(400);
    expect(await round(made)).toEqual({ kind: 'requeue', after: 600, priority: priority.change });
    await made.clock.advance(600);
    for (let rounds = 0; rounds < 3; rounds += 1) expect(await round(made)).toEqual({ kind: 'done' });
    made.restart();
    expect(await round(made)).toEqual({ kind: 'done' });
    expect(made.events.map(({ reason }) => reason)).toEqual(['StoreNotFound']);

    const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1' } };
    made.api.put(keytender.kinds.secretStore, { metadata: { name: 'late', namespace: NAMESPACE }, spec: { provider } });
    await round(made);
    expect(made.ready('orders')).toBe('SecretSynced');
    made.api.remove(keytender.kinds.secretStore, NAMESPACE, 'late');
    expect(await round(made)).toEqual({ kind: 'requeue', after: 1_000, priority: priority.change });
    expect(made.ready('orders')).toBe('SecretSynced');
  });
});
