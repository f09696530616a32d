import { describe, expect, it } from '@jest/globals';
import type { StoreObject } from '../../../../src/api/schema/secret-store.ts';
import { eventsOf, ownQueueLimits, type QueuePlan, planQueues, queueUseOf } from '../../../../src/source/events/choose-queue.ts';
import { regionOfQueue } from '../../../../src/source/events/queue-region.ts';

const url = (name: string): string => `https://sqs.eu-central-1.amazonaws.com/111122223333/${name}`;
const auth = { jwt: { serviceAccountRef: { name: 'app' } } };

interface StoreShape {
  readonly namespace?: string;
  readonly age?: number;
  readonly aws?: object;
}

function store(name: string, events: object | undefined, { namespace = 'team', age = 0, aws = { auth } }: StoreShape = {}): StoreObject {
  const creationTimestamp = new Date(1_000_000_000 - age).toISOString();
  const metadata = { name, namespace, uid: `${namespace}/${name}`, resourceVersion: '1', creationTimestamp };
  return { metadata, spec: { provider: { aws }, ...(events !== undefined && { events }) } } as unknown as StoreObject;
}

const named = (name: string, queue: string, more: StoreShape = {}): StoreObject => store(name, { sqs: { queueUrl: url(queue) } }, more);
const cluster = { namespace: '' };

function plan(stores: readonly StoreObject[], { flag, allowsOwn = false }: { flag?: string; allowsOwn?: boolean } = {}): QueuePlan {
  const isCluster = ({ metadata }: StoreObject): boolean => metadata.namespace === '';
  return planQueues({
    operatorUrl: flag === undefined ? undefined : url(flag),
    allowsOwn,
    clusterStores: stores.filter(isCluster),
    secretStores: stores.filter((one) => !isCluster(one)),
  });
}

const owned = ({ own }: QueuePlan): readonly string[] =>
  [...own.values()].map(
    ({ namespace, url: at, stores }) => `${namespace} ${at.split('/').at(-1)} ${stores.map(({ metadata }) => metadata.name).join()}`,
  );

describe('the queue of an installation', () => {
  const stores = [
    named('young', 'a'),
    named('old', 'b', { age: 500 }),
    named('cluster-young', 'c', cluster),
    named('cluster-old', 'd', { ...cluster, age: 100 }),
    store('plain', undefined),
    store('odd', { sqs: { queueUrl: 'nonsense' } }, { age: 900 }),
  ];

  it('is the operator’s, else the oldest ClusterSecretStore’s, never a SecretStore’s, whatever their order', () => {
    for (const listed of [stores, stores.toReversed()]) {
      expect(plan(listed, { flag: 'flag' }).installation).toEqual({ kind: 'operator', url: url('flag') });
      expect(plan(listed).installation).toMatchObject({ kind: 'store', url: url('d'), store: { metadata: { name: 'cluster-old' } } });
      const namespaced = listed.filter(({ metadata }) => metadata.namespace !== '');
      for (const allowsOwn of [true, false]) expect(plan(namespaced, { allowsOwn }).installation).toEqual({ kind: 'none' });
    }
  });

  it('is one that all stores may rely on, but those that name another', () => {
    const standings = (of: QueuePlan) =>
      [store('p', undefined), store('m', { maxAge: '1h' }), named('s', 'd'), named('c', 'd', cluster), named('o', 'c', cluster)].map(
        (one) => queueUseOf(one, of),
      );
    expect(standings(plan(stores))).toEqual(['shared', 'shared', 'chosen', 'chosen', 'conflict']);
    expect(standings(plan(stores, { flag: 'd' }))).toEqual(['shared', 'shared', 'chosen', 'chosen', 'conflict']);
    expect(standings(plan([]))).toEqual(['none', 'missing', 'not-allowed', 'missing', 'missing']);
  });
});

describe('queues of SecretStores', () => {
  it('are read only where that is allowed, and only with credentials of their own', () => {
    const stores = [named('s', 'a'), named('operator', 'b', { aws: {} })];
    expect([owned(plan(stores)), owned(plan(stores, { allowsOwn: true }))]).toEqual([[], ['team a s']]);
    const standings = (of: QueuePlan) => stores.map((one) => queueUseOf(one, of));
    expect(standings(plan(stores))).toEqual(['not-allowed', 'not-allowed']);
    expect(standings(plan(stores, { allowsOwn: true }))).toEqual(['own', 'no-credentials']);
    expect(standings(plan(stores, { allowsOwn: true, flag: 'a' }))).toEqual(['chosen', 'no-credentials']);
  });

  it('are one for the stores of a namespace that name the same, and another one for another namespace', () => {
    const stores = [
      named('b', 'q'),
      named('a', 'q', { age: 9 }),
      named('other', 'q', { namespace: 'x', age: 5 }),
      named('own', 'r', { age: 1 }),
    ];
    expect(owned(plan(stores, { allowsOwn: true })).toSorted()).toEqual(['team q a,b', 'team r own', 'x q other']);
  });

  it('are few, the oldest first, and each namespace has one before another has its second', () => {
    const greedy = Array.from({ length: 100 }, (_, index) => named(`g${index}`, `g${index}`, { namespace: 'greedy', age: 10_000 - index }));
    const others = Array.from({ length: 25 }, (_, index) => named('s', 'q', { namespace: `n${index}`, age: 100 - index }));
    const made = plan([...others, ...greedy], { allowsOwn: true });
    expect(owned(plan(greedy, { allowsOwn: true }))).toEqual(['greedy g0 g0', 'greedy g1 g1']);
    expect(owned(made)).toHaveLength(ownQueueLimits.inAll);
    expect(owned(made).filter((queue) => queue.startsWith('greedy'))).toEqual(['greedy g0 g0']);
    expect(greedy.map((one) => queueUseOf(one, made)).filter((standing) => standing === 'beyond-limit')).toHaveLength(99);
    expect(queueUseOf(others[24]!, made)).toBe('beyond-limit');
    const many = Array.from({ length: 9 }, (_, index) => named(`s${index}`, 'q', { age: 9 - index }));
    const standings = many.map((one) => queueUseOf(one, plan(many, { allowsOwn: true })));
    expect(standings).toEqual([...Array.from({ length: 4 }, () => 'own'), ...Array.from({ length: 5 }, () => 'too-many-stores')]);
  });
});

describe('a specification', () => {
  it('is parsed once', () => {
    const { spec, metadata } = named('s', 'a');
    let looks = 0;
    const counted = new Proxy(spec as object, {
      get: (target, key) => {
        if (key === 'events') looks += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    const once = { metadata, spec: counted } as unknown as StoreObject;
    expect(eventsOf(once)?.sqs?.queueUrl).toBe(url('a'));
    const before = looks;
    for (let times = 0; times < 3; times += 1) eventsOf({ ...once });
    expect(looks).toBe(before);
    expect(before).toBeGreaterThan(0);
  });
});

describe('the region of a queue', () => {
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
