import { describe, expect, it } from '@jest/globals';
import type { StoreObject } from '../../../../src/api/secret-store.ts';
import { chooseQueue, isForAll, standingOf } from '../../../../src/source/events/choose-queue.ts';
import { regionOfQueue } from '../../../../src/source/events/queue-region.ts';

const url = (name: string): string => `https://sqs.eu-central-1.amazonaws.com/111122223333/${name}`;

function store(name: string, events: object | undefined, { namespace = 'team', age = 0 } = {}): StoreObject {
  const metadata = { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: new Date(1_000_000 - age).toISOString() };
  return { metadata, spec: { provider: {}, ...(events !== undefined && { events }) } } as unknown as StoreObject;
}

const named = (name: string, queue: string, more: object = {}): StoreObject => store(name, { sqs: { queueUrl: url(queue) } }, more);
const cluster = { namespace: '' };

describe('the queue of an installation', () => {
  it('is the operator’s, else the oldest ClusterSecretStore’s, else the oldest SecretStore’s, whatever their order', () => {
    const stores = [
      named('young', 'a'),
      named('old', 'b', { age: 500 }),
      named('cluster-young', 'c', cluster),
      named('cluster-old', 'd', { ...cluster, age: 100 }),
      store('plain', undefined),
      store('odd', { sqs: { queueUrl: 'nonsense' } }, { age: 900 }),
    ];
    for (const listed of [stores, stores.toReversed()]) {
      expect(chooseQueue(url('flag'), listed)).toEqual({ kind: 'operator', url: url('flag') });
      expect(chooseQueue(undefined, listed)).toMatchObject({ kind: 'store', url: url('d'), store: { metadata: { name: 'cluster-old' } } });
      const namespaced = listed.filter(({ metadata }) => metadata.namespace !== '');
      expect(chooseQueue(undefined, namespaced)).toMatchObject({ url: url('b') });
    }
    expect(chooseQueue(undefined, [store('plain', undefined)])).toEqual({ kind: 'none' });
  });

  it('is one that others may rely on unless a namespace has named it', () => {
    const own = chooseQueue(undefined, [named('own', 'a')]);
    const shared = chooseQueue(undefined, [named('shared', 'a', cluster)]);
    const operator = chooseQueue(url('a'), []);
    expect([own, shared, operator].map(isForAll)).toEqual([false, true, true]);
    const [plain, age, same, other] = [store('p', undefined), store('m', { maxAge: '1h' }), named('s', 'a'), named('o', 'b')];
    const standings = (choice: typeof own) => [plain, age, same, other].map((one) => standingOf(one, choice));
    expect(standings(own)).toEqual(['none', 'missing', 'chosen', 'conflict']);
    for (const choice of [shared, operator]) expect(standings(choice)).toEqual(['shared', 'shared', 'chosen', 'conflict']);
    expect(standings({ kind: 'none' })).toEqual(['none', 'missing', 'missing', 'missing']);
  });

  it.each([
    [url('a'), 'eu-central-1'],
    ['https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/a', 'us-gov-west-1'],
    ['https://sqs.cn-north-1.amazonaws.com.cn/111122223333/a', 'cn-north-1'],
    ['https://vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com/111122223333/a', 'eu-west-1'],
    ['https://eu-west-1.queue.amazonaws.com/111122223333/a', 'eu-west-1'],
    ['https://queue.amazonaws.com/111122223333/a', 'us-east-1'],
    ['http://localhost:4566/000000000000/a', undefined],
  ])('%s is in %s', (queue, region) => {
    expect(regionOfQueue(queue)).toBe(region);
  });
});
