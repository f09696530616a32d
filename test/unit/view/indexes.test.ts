import { describe, expect, it } from '@jest/globals';
import { controllerOf, externalSecretIndexes, storeId, workloadId, WritersOfSecrets } from '../../../src/view/indexes.ts';
import { Store } from '../../../src/watch/store.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { object } from '../resolve/entries.ts';

const resource = (spec: unknown) => ({ ...object('ExternalSecret', 'orders', 'team'), spec });
const { store, clusterStoreNamespace, target, restartTarget } = externalSecretIndexes;

describe('externalSecretIndexes', () => {
  it('finds the users of a store, by kind', () => {
    expect(store(resource({ secretStoreRef: { name: 'aws' } }))).toEqual([storeId('SecretStore', 'team', 'aws')]);
    expect(store(resource({ secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } }))).toEqual([
      storeId('ClusterSecretStore', '', 'aws'),
    ]);
    expect(storeId('ClusterSecretStore', 'team', 'aws')).toBe(storeId('ClusterSecretStore', '', 'aws'));
    expect(clusterStoreNamespace(resource({ secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } }))).toEqual(['team']);
    expect(clusterStoreNamespace(resource({ secretStoreRef: { name: 'aws' } }))).toEqual([]);
  });

  it('finds the users of each store that entries name', () => {
    const own = (name: string, kind?: string) => ({ sourceRef: { storeRef: { name, ...(kind !== undefined && { kind }) } } });
    const spec = { secretStoreRef: { name: 'aws' }, data: [own('other'), {}, own('aws')], dataFrom: [own('aws', 'ClusterSecretStore')] };
    const stores = [
      storeId('SecretStore', 'team', 'aws'),
      storeId('SecretStore', 'team', 'other'),
      storeId('ClusterSecretStore', '', 'aws'),
    ];
    expect(store(resource(spec))).toEqual(stores);
    expect(clusterStoreNamespace(resource(spec))).toEqual(['team']);
    expect(clusterStoreNamespace(resource({ ...spec, dataFrom: [] }))).toEqual([]);
  });

  it('finds the writers of a Secret, and who restarts a workload', () => {
    expect(target(resource({ target: { name: 'db' } }))).toEqual(['team/db']);
    expect(target(resource({ target: {} }))).toEqual(['team/orders']);
    const targets = [
      { kind: 'Deployment', name: 'app' },
      { kind: 'DaemonSet', name: 'app' },
      { kind: 'Deployment', selector: { matchLabels: { app: 'x' } } },
    ];
    expect(restartTarget(resource({ restart: { targets } }))).toEqual([
      workloadId('Deployment', 'team', 'app'),
      workloadId('DaemonSet', 'team', 'app'),
    ]);
  });

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    { secretStoreRef: null, data: 7, dataFrom: [null, 7, { sourceRef: 7 }], target: 7, restart: { targets: 'x' } },
  ])('takes a specification that is %j', (spec) => {
    expect([store, clusterStoreNamespace, restartTarget].flatMap((index) => index(resource(spec)))).toEqual([]);
    expect(target(resource(spec))).toEqual(['team/orders']);
  });
});

describe('controllerOf', () => {
  it('is the uid of the owner that controls', () => {
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u1' };
    const owned = object('Secret', 'db', 'team', { ownerReferences: [owner, { ...owner, uid: 'u2', controller: true }] });
    expect(controllerOf(owned)).toEqual(['u2']);
    expect(controllerOf(object('Secret', 'db'))).toEqual([]);
  });
});

describe('WritersOfSecrets', () => {
  it('collects the writers of a Secret once, until an ExternalSecret changes', () => {
    const resources = new Store<ExternalSecretObject>({ indexes: externalSecretIndexes });
    const writer = (name: string) => ({ ...object('ExternalSecret', name, 'team'), spec: { target: { name: 'db' } } });
    const uidsOf = (...all: readonly ExternalSecretObject[]) => new Set(all.map(({ metadata }) => metadata.uid));
    const writers = new WritersOfSecrets();
    const secret = object('Secret', 'db', 'team').metadata;
    const [first, second, third] = [writer('orders'), writer('users'), writer('bills')];
    expect(writers.of(secret, resources)).toEqual(new Set());
    for (const each of [first, second]) resources.apply('added', each);
    const two = writers.of(secret, resources);
    expect(two).toEqual(uidsOf(first, second));
    expect(writers.of(secret, resources)).toBe(two);
    expect(writers.of(object('Secret', 'other', 'team').metadata, resources)).toEqual(new Set());
    resources.apply('added', third);
    expect(writers.of(secret, resources)).toEqual(uidsOf(first, second, third));
    for (const each of [first, third]) resources.apply('deleted', each);
    expect(writers.of(secret, resources)).toEqual(uidsOf(second));
  });
});
