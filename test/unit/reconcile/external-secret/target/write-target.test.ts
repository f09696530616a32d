// The removal of Secrets after a write.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../../src/api/keytender-dialect.ts';
import { db, ordersWorld } from '../../orders.ts';
import { NAMESPACE } from '../../world.ts';

describe('a change of target.name', () => {
  it('deletes nothing for a Secret of another namespace that names it as its owner', async () => {
    const made = ordersWorld();
    made.apply('orders', { data: db });
    await made.settle('orders');
    const owner = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'orders', uid: made.resource('orders')!.metadata.uid };
    const metadata = { labels: { [keytender.labels.managed]: 'true' }, ownerReferences: [{ ...owner, controller: true }] };
    made.api.put(builtin.secret, { metadata: { ...metadata, name: 'theirs', namespace: 'other' } });
    // Somebody else's of the same name, which a delete by the name alone would meet.
    made.api.put(builtin.secret, { metadata: { name: 'theirs', namespace: NAMESPACE } });
    const deletes: string[] = [];
    made.api.fault = ({ verb, namespace, name }) => {
      if (verb === 'delete') deletes.push(`${namespace}/${name}`);
      return undefined;
    };
    made.apply('orders', { data: db, target: { name: 'renamed' } });
    await made.settle('orders');
    expect([made.data('renamed'), deletes]).toEqual([{ password: 'one' }, [`${NAMESPACE}/orders`]]);
  });
});
