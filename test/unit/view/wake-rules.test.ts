import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { ManagedSecret } from '../../../src/apply/managed-secret.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';
import { externalSecretIndexes } from '../../../src/view/indexes.ts';
import { QUEUED_AT_ONCE, SlicedWakes } from '../../../src/view/sliced-wakes.ts';
import { inOrder } from '../../../src/view/wake-rule.ts';
import { nameOnlySecret } from '../../../src/view/name-only.ts';
import { onExternalSecret, onManagedSecret, onNamespace, onStore, onTarget, onUsedStore } from '../../../src/view/wake-rules.ts';
import type { ContentId } from '../../../src/base/digest.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { priority } from '../../../src/base/priority.ts';
import type { Enqueuer } from '../../../src/queue/port.ts';
import { Store } from '../../../src/watch/store.ts';
import type { EventHandler, WatchEvent } from '../../../src/watch/port.ts';
import type { Consumer } from '../../../src/restart/consumer/consumer.ts';
import { clusterStore, object, store } from '../resolve/entries.ts';
import { reduced } from '../restart/consumer/workloads.ts';

const { change, periodic, urgent } = priority;
const secretParts = { type: 'Opaque', immutable: false, writers: new Set<string>(), hasOtherRecords: false, hasOtherOwners: false };
const orders: ExternalSecretObject = {
  ...object('ExternalSecret', 'orders', 'team'),
  spec: { secretStoreRef: { name: 'aws' }, target: { name: 'db' }, restart: { targets: [{ kind: 'Deployment', name: 'app' }] } },
};
const users: ExternalSecretObject = {
  ...object('ExternalSecret', 'users', 'team'),
  spec: { secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' }, target: { name: 'db' } },
};

function scene() {
  const externalSecrets = new Store<ExternalSecretObject>({ indexes: externalSecretIndexes });
  externalSecrets.replace([orders, users]);
  const woken: (readonly [string, number])[] = [];
  const later: (readonly [string, number, number])[] = [];
  const queue: Enqueuer = {
    add: (key, at) => void woken.push([key, at]),
    addAfter: (key, at, delay) => void later.push([key, at, delay]),
  };
  const managedSecrets = new Store<ManagedSecret>();
  const walks = new SlicedWakes(new TimeSlices(), () => undefined);
  return { context: { externalSecrets, queue, walks }, managedSecrets, queue, woken, later };
}

/** What an event wakes, through the handler that `make` gives. */
function wakes<T extends KubeObject>(make: (scene_: ReturnType<typeof scene>) => EventHandler<T>, event: WatchEvent<T>) {
  const made = scene();
  make(made)(event);
  return made.woken;
}

const moved = <T extends KubeObject>(of: T, metadata: object): T => ({ ...of, metadata: { ...of.metadata, ...metadata } });

describe('an object that is kept no longer, or again', () => {
  it('is looked at, and so is whoever uses a store', () => {
    const nameOnly = { ...orders, notKept: 1_000 };
    for (const [before, after] of [
      [orders, nameOnly],
      [nameOnly, orders],
    ] as const) {
      const woken = wakes(({ context }) => onExternalSecret(context, keytender.annotations.forceSync), {
        type: 'modified',
        object: after,
        before,
      });
      expect(woken[0]).toEqual(['team/orders', change]);
    }
    const stored = { type: 'modified', before: store({}), object: { ...store({}), notKept: 1_000 } } as const;
    expect(wakes(({ context, queue }) => inOrder(onStore(queue), onUsedStore('SecretStore', context)), stored)).toEqual([
      ['team/aws', change],
      ['team/orders', change],
    ]);
  });
});

describe('onExternalSecret', () => {
  const woken = (event: WatchEvent<ExternalSecretObject>) =>
    wakes(({ context }) => onExternalSecret(context, keytender.annotations.forceSync), event);

  it('puts new ones first, and after a start those that were never reported on, then those that were changed since', () => {
    expect(woken({ type: 'added', object: orders })).toEqual([['team/orders', urgent]]);
    expect(woken({ type: 'added', object: orders, initial: true })).toEqual([['team/orders', urgent]]);
    const reported = (observedGeneration: number) => ({ ...orders, status: { observedGeneration } });
    expect(woken({ type: 'added', object: reported(3), initial: true })).toEqual([['team/orders', periodic]]);
    expect(woken({ type: 'added', object: reported(2), initial: true })).toEqual([['team/orders', change]]);
  });

  it('heeds what people change, not what we write, and wakes who waits for the same target', () => {
    const other = ['team/users', change];
    expect(woken({ type: 'modified', before: orders, object: { ...orders, status: { content: 'x' } } })).toEqual([]);
    expect(woken({ type: 'modified', before: orders, object: moved(orders, { labels: { a: 'b' } }) })).toEqual([]);
    expect(woken({ type: 'modified', before: orders, object: moved(orders, { generation: 9 }) })).toEqual([['team/orders', change], other]);
    const forced = moved(orders, { annotations: { [keytender.annotations.forceSync]: '1' } });
    expect(woken({ type: 'modified', before: orders, object: forced })).toEqual([['team/orders', change], other]);
    expect(woken({ type: 'modified', before: orders, object: moved(orders, { deletionTimestamp: 'now' }) })).toEqual([
      ['team/orders', change],
      other,
    ]);
    expect(woken({ type: 'deleted', object: orders })).toEqual([['team/orders', change], other]);
  });
});

describe('onManagedSecret', () => {
  const woken = (event: WatchEvent<ManagedSecret>) => wakes(({ context }) => onManagedSecret(context), event).map(([key]) => key);
  const record: WriteRecord = { writer: 'x', inputs: 'i', content: 'c' as ContentId, sources: [] };

  function secret(intact: boolean, inputs = 'i', labels: object = {}): ManagedSecret {
    const held = { intact, record: { ...record, inputs } };
    const records = new Map([orders, users].map(({ metadata: { uid } }) => [uid, held]));
    return { ...object('Secret', 'db', 'team', { labels }), ...secretParts, records };
  }

  it('wakes all writers when it is gone or not as they wrote it', () => {
    const both = ['team/orders', 'team/users'];
    expect(woken({ type: 'deleted', object: secret(true) })).toEqual(both);
    expect(woken({ type: 'modified', before: secret(true), object: secret(false) })).toEqual(both);
    expect(woken({ type: 'added', object: { ...secret(true), records: new Map() } })).toEqual(both);
    expect(woken({ type: 'modified', before: secret(true), object: secret(true, 'i', { added: 'x' }) })).toEqual(both);
  });

  it('wakes nobody for our own writes, nor for what the first list shows', () => {
    expect(woken({ type: 'added', object: secret(true) })).toEqual([]);
    expect(woken({ type: 'modified', before: secret(false), object: secret(true, 'j', { added: 'x' }) })).toEqual([]);
    expect(woken({ type: 'added', object: secret(false), initial: true })).toEqual([]);
  });

  it('wakes only the writer whose keys were changed', () => {
    const live = secret(true);
    const records = new Map([...live.records, [users.metadata.uid, { record, intact: false }]]);
    expect(woken({ type: 'modified', before: live, object: { ...live, records } })).toEqual(['team/users']);
  });

  it('wakes those that have not written yet later, and those whose record is gone now', () => {
    const live = secret(true);
    const records = new Map([[users.metadata.uid, { record, intact: true }]]);
    const { context, woken: now, later } = scene();
    const told = onManagedSecret(context);
    told({ type: 'modified', before: { ...live, records }, object: { ...live, records } });
    expect([now, later]).toEqual([[], [['team/orders', change, 1_000]]]);
    told({ type: 'modified', before: live, object: { ...live, records } });
    expect(now).toEqual([['team/orders', urgent]]);
  });

  it('loses no change that came while many writers were queued', async () => {
    const { context, woken: now, later } = scene();
    const many = Array.from({ length: 2 * QUEUED_AT_ONCE }, (_, index) => moved(orders, { name: `r${index}` }));
    context.externalSecrets.replace([...many, moved(users, { name: 'last' })]);
    const told = onManagedSecret(context);
    const own = secret(true);
    told({ type: 'modified', before: own, object: own });
    told({ type: 'modified', before: own, object: secret(false) });
    told({ type: 'modified', before: secret(false), object: own });
    while (later.length <= 2 * QUEUED_AT_ONCE) await new Promise((resolve) => void setImmediate(resolve));
    expect([now, later.at(-1)]).toEqual([[], ['team/last', change, 1_000]]);
  });

  it('wakes all writers, and the controller with another target, of one that is known by name only now, or no longer', () => {
    const known = secret(true);
    const ownerReferences = [
      { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'former', uid: 'uid-former', controller: true },
    ];
    const owned = { ...known, metadata: { ...known.metadata, ownerReferences } };
    const nameOnly = nameOnlySecret(owned, 5_000);
    expect(woken({ type: 'modified', before: known, object: nameOnly })).toEqual(['team/orders', 'team/users']);
    expect(woken({ type: 'modified', before: nameOnly, object: known })).toEqual(['team/orders', 'team/users']);
    const { context, woken: now } = scene();
    context.externalSecrets.apply('added', {
      ...moved(orders, { name: 'former', uid: 'uid-former' }),
      spec: { target: { name: 'other' } },
    });
    onManagedSecret(context)({ type: 'modified', before: nameOnly, object: owned });
    expect(now.map(([key]) => key)).toEqual(['team/former', 'team/orders', 'team/users']);
    // Another object with the name of the controller.
    now.length = 0;
    context.externalSecrets.apply('modified', { ...moved(orders, { name: 'former', uid: 'new' }), spec: { target: { name: 'other' } } });
    onManagedSecret(context)({ type: 'modified', before: nameOnly, object: owned });
    expect(now.map(([key]) => key)).toEqual(['team/orders', 'team/users']);
  });

  it('queues nothing at once for a change of one that is known by name only', () => {
    const { context, woken: now, later } = scene();
    onManagedSecret(context)({
      type: 'modified',
      before: nameOnlySecret(secret(true), 5_000),
      object: nameOnlySecret(secret(true), 6_000),
    });
    expect([now, later.length]).toEqual([[], 2]);
  });

  it('wakes nobody for another Secret', () => {
    expect(woken({ type: 'deleted', object: moved(secret(true), { name: 'another' }) })).toEqual([]);
    expect(woken({ type: 'deleted', object: moved(secret(true), { namespace: 'another' }) })).toEqual([]);
  });
});

describe('onStore', () => {
  it('wakes the store itself and its users', () => {
    const local = (event: WatchEvent<ReturnType<typeof store>>) =>
      wakes(({ context, queue }) => inOrder(onStore(queue), onUsedStore('SecretStore', context)), event);
    const made = store({});
    expect(local({ type: 'added', object: made })).toEqual([
      ['team/aws', change],
      ['team/orders', change],
    ]);
    expect(local({ type: 'deleted', object: made })).toEqual([
      ['team/aws', change],
      ['team/orders', change],
    ]);
    expect(local({ type: 'modified', before: made, object: moved(made, { generation: 9 }) })).toHaveLength(2);
    expect(local({ type: 'modified', before: made, object: { ...made, status: {} } })).toEqual([]);
    expect(local({ type: 'added', object: made, initial: true })).toEqual([['team/aws', periodic]]);
    const cluster = wakes(({ context, queue }) => inOrder(onStore(queue), onUsedStore('ClusterSecretStore', context)), {
      type: 'added',
      object: clusterStore({}),
    });
    expect(cluster).toEqual([
      ['aws', change],
      ['team/users', change],
    ]);
  });
});

describe('onNamespace', () => {
  it('wakes the users of cluster stores when its labels change, or when it appears', () => {
    const woken = (event: WatchEvent<KubeObject>) => wakes(({ context }) => onNamespace(context), event);
    const team = object('Namespace', 'team');
    expect(woken({ type: 'added', object: team })).toEqual([['team/users', change]]);
    expect(woken({ type: 'modified', before: team, object: moved(team, { labels: { a: 'b' } }) })).toEqual([['team/users', change]]);
    expect(woken({ type: 'modified', before: team, object: moved(team, { resourceVersion: '2' }) })).toEqual([]);
    expect(woken({ type: 'added', object: team, initial: true })).toEqual([]);
    expect(woken({ type: 'deleted', object: team })).toEqual([]);
  });
});

describe('onTarget', () => {
  const workload = reduced();
  const woken = (event: WatchEvent<Consumer>) => wakes(({ context }) => onTarget(context), event);

  it('wakes the ExternalSecrets that name a workload when it appears or goes', () => {
    const expected = [['team/orders', change]];
    expect(woken({ type: 'added', object: workload })).toEqual(expected);
    expect(woken({ type: 'deleted', object: workload })).toEqual(expected);
  });

  it('wakes nobody for what changes on it, for what the first list shows, or for another workload', () => {
    expect(woken({ type: 'modified', before: workload, object: moved(workload, { generation: 9 }) })).toEqual([]);
    expect(woken({ type: 'added', object: workload, initial: true })).toEqual([]);
    expect(woken({ type: 'added', object: moved(workload, { name: 'other' }) })).toEqual([]);
  });
});
