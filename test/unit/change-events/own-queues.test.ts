// Queues that SecretStores name: whether they are read, the identity that reads them, and the effect of their messages.
import { describe, expect, it } from '@jest/globals';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { type Identity, identityKey } from '../../../src/aws/credentials/identity.ts';
import type { EventQueue, QueueAddress } from '../../../src/aws/event-queue-port.ts';
import { type Ms, ms } from '../../../src/base/time/clock.ts';
import { resolveStore } from '../../../src/resolve/store/resolve-store.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { object } from '../resolve/entries.ts';
import { MemoryQueue } from '../source/events/memory-queue.ts';
import { current, type EngineWorld, key, minutely, startEngine } from '../source/engine-world.ts';
import { changesOf, during, labelUpdated } from './changes.ts';

const url = (name: string): string => `https://sqs.eu-central-1.amazonaws.com/111122223333/${name}`;

/** Queues by URL, and the identities that have polled each. */
class MemoryQueues implements EventQueue {
  readonly #clock: FakeClock;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly askedAs = new Map<string, Set<string>>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  at(address: string): MemoryQueue {
    const queue = this.#queues.get(address) ?? new MemoryQueue(this.#clock);
    this.#queues.set(address, queue);
    return queue;
  }

  receive(queue: QueueAddress, ...rest: [Parameters<EventQueue['receive']>[1], AbortSignal]): ReturnType<EventQueue['receive']> {
    const { base } = queue.source;
    const as = base.kind === 'web-identity' ? `${base.namespace}/${base.serviceAccount}` : base.kind;
    this.askedAs.set(queue.url, (this.askedAs.get(queue.url) ?? new Set()).add(as));
    return this.at(queue.url).receive(queue, ...rest);
  }

  delete(queue: QueueAddress, receipts: readonly string[]): ReturnType<EventQueue['delete']> {
    return this.at(queue.url).delete(queue, receipts);
  }

  changeVisibility(queue: QueueAddress, receipts: readonly string[], hidden: Ms): ReturnType<EventQueue['changeVisibility']> {
    return this.at(queue.url).changeVisibility(queue, receipts, hidden);
  }
}

function named(namespace: string, queue: string, events: object = {}, name = 'aws'): StoreObject {
  const auth = { jwt: { serviceAccountRef: { name: 'app' } } };
  const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1', auth } };
  return { ...object('SecretStore', name, namespace), spec: { provider, events: { sqs: { queueUrl: url(queue) }, ...events } } };
}

function scene({ clock }: EngineWorld, stores: readonly StoreObject[], allowNamespacedQueues = true) {
  const sqs = new MemoryQueues(clock);
  const config = { eventsQueueUrl: url('installation'), eventsMaxAge: ms(0), allowNamespacedQueues };
  const { changes, context, secretStores, queued, api } = changesOf({ clock, sqs, config, stores });
  for (const { metadata } of stores) {
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/app' };
    api.put(builtin.serviceAccount, { metadata: { name: 'app', namespace: metadata.namespace ?? '', annotations } });
  }
  const identityOf = async (store: StoreObject): Promise<Identity> => {
    const resolved = await resolveStore(store, context, new AbortController().signal);
    if (!resolved.ok) throw new Error(resolved.failure.reason);
    return resolved.value.identity;
  };
  const said = (store: StoreObject, identity?: Identity): string => {
    const finding = changes.finding(store, identity);
    return finding.kind === 'failed' ? finding.failure.reason : finding.kind === 'received' ? finding.message : finding.kind;
  };
  return { changes, sqs, secretStores, queued, context, identityOf, said };
}

/** `work` begins when each queue has been read. */
async function whileRead(world: EngineWorld, made: ReturnType<typeof scene>, work: () => Promise<void>): Promise<void> {
  await during(world, made, async () => {
    await world.clock.advance(3_000);
    await work();
  });
}

describe('a queue that a SecretStore names', () => {
  it('is not read unless that is allowed, and the store says so', async () => {
    await using world = startEngine();
    const store = named('team', 'own');
    const made = scene(world, [store], false);
    await whileRead(world, made, async () => {
      expect([...made.sqs.askedAs.keys()]).toEqual([url('installation')]);
      expect(made.said(store)).toBe('EventsQueueNotAllowed');
    });
  });

  it('is read as the store until no store names it any more', async () => {
    await using world = startEngine();
    const [store, other] = [named('team', 'own'), named('other', 'theirs')];
    const made = scene(world, [store, other]);
    await whileRead(world, made, async () => {
      expect(made.sqs.askedAs).toEqual(
        new Map([
          [url('installation'), new Set(['operator'])],
          [url('own'), new Set(['team/app'])],
          [url('theirs'), new Set(['other/app'])],
        ]),
      );
      expect(made.said(store, await made.identityOf(store))).toBe('changes are told by queue "own"');
      made.secretStores.replace([other]);
      await world.clock.advance(3_000);
      const before = made.sqs.at(url('own')).receives;
      await world.clock.advance(60_000);
      expect([made.sqs.at(url('own')).receives, made.sqs.at(url('theirs')).receives > 1]).toEqual([before, true]);
    });
  });

  it('has no finding until the next plan, which queues its store', async () => {
    await using world = startEngine();
    const made = scene(world, [named('team', 'own')]);
    await whileRead(world, made, async () => {
      const inGroup = (store: StoreObject): StoreObject => ({ ...store, apiVersion: 'keytender.dev/v1' });
      // The change of another store makes a plan now.
      made.secretStores.apply('added', named('third', 'further'));
      expect(made.said(named('third', 'further'))).toBe('unknown');
      for (let index = 0; index < 30; index += 1) made.secretStores.apply('added', inGroup(named(`x${index}`, 'x')));
      expect(made.said(inGroup(named('x29', 'x')))).toBe('unknown');
      expect(made.queued).not.toContain('x29/aws');
      await world.clock.advance(4_000);
      expect(made.queued).toContain('x29/aws');
      expect(made.said(inGroup(named('x29', 'x')))).toBe('EventsQueueLimit');
    });
  });

  it('ends all with a defect of its own, at once', async () => {
    await using world = startEngine();
    const made = scene(world, [named('team', 'own'), named('other', 'theirs')]);
    const receive = made.sqs.receive.bind(made.sqs);
    const broken = new Error('broken');
    made.sqs.receive = (queue, ...rest) => (queue.url === url('own') ? Promise.reject(broken) : receive(queue, ...rest));
    const open = new AbortController().signal;
    const failed = expect(made.changes.run(world.engine, made.context, open, open)).rejects.toBe(broken);
    await world.clock.advance(3_000);
    await failed;
    const before = made.sqs.at(url('theirs')).receives;
    await world.clock.advance(60_000);
    expect(made.sqs.at(url('theirs')).receives).toBe(before);
  });

  it('speaks for references of its own identity only, and what is told in it proves nothing to others', async () => {
    await using world = startEngine();
    const store = named('team', 'own', { maxAge: '1h' });
    const made = scene(world, [store]);
    const own = await made.identityOf(store);
    world.aws.put('db');
    world.engine.subscribe(key('mine'), [minutely(current('db', own), 'v1')]);
    world.engine.subscribe(key('theirs'), [minutely(current('db'), 'v1')]);
    const readers = (): readonly string[] => world.aws.calls.map(({ identity }) => (identity === identityKey(own) ? 'team' : 'other'));
    await whileRead(world, made, async () => {
      world.aws.calls.length = 0;
      for (let count = 0; count < 1_500; count += 1) made.sqs.at(url('own')).send(labelUpdated('db', `made-up-${count}`));
      await world.clock.advance(5_000);
      expect(new Set(readers())).toEqual(new Set(['team']));
      expect(readers().length).toBeLessThan(12);
      const reliance = { maxAge: ms(3_600_000), queueUrl: url('own') };
      expect(
        [own, current('db').identity].map((identity) => made.changes.readObserver.reliesOn(current('db', identity), reliance)),
      ).toEqual([true, false]);
    });
  });
});
