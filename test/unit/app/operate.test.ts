// The end of the whole work of the leader, with the real engine, workers, recorder of events and consumer of change events, without a
// process.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { type Condition, findCondition } from '../../../src/api/schema/conditions.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { Dialect } from '../../../src/api/dialect.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { dialectsOf } from '../../../src/app/from-controllers.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { configOf, OperateWorld } from './operate-world.ts';

const LOST = 'leadership lost; exiting so that nothing of the old view remains';

function loseLease(world: OperateWorld): void {
  world.api.fault = ({ kind }) => (kind === builtin.lease.kind ? 'unavailable' : undefined);
}

function readyOf(world: OperateWorld, dialect: Dialect): Condition | undefined {
  return findCondition((world.resource(dialect) as ExternalSecretObject | undefined)?.status?.conditions, 'Ready');
}

async function synced(world: OperateWorld): Promise<undefined> {
  world.aws.put('db');
  await world.clock.advance(2_000);
  expect(world.secret('db')).toBeDefined();
  return undefined;
}

/** The Secret is being created, which is not answered until it is let go. */
async function roundUnderWay(world: OperateWorld): Promise<() => void> {
  const held = Promise.withResolvers<void>();
  world.held = held.promise;
  world.aws.put('db');
  await world.clock.advance(2_000);
  expect([world.writing, world.secret('db')]).toEqual([1, undefined]);
  return held.resolve;
}

describe('operate', () => {
  it('reconciles no object that another shard owns, neither at the start nor when it changes', async () => {
    using world = new OperateWorld({ shard: { owns: (key) => key !== 'team/db' } });
    world.apply();
    const end = world.lead();
    world.aws.put('db');
    await world.clock.advance(2_000);
    world.apply(keytender, 'other');
    await world.clock.advance(2_000);
    expect([world.secret('db'), world.secret('other'), world.resource()?.['status']]).toEqual([undefined, undefined, undefined]);
    expect(await world.end(end)).toBe(true);
  });

  it('leaves messages about changes in the queue as a shard, because they may concern another one, and its Lease is its own', async () => {
    using world = new OperateWorld({ shard: { name: 'b', owns: (key) => key !== 'team/theirs', budgetShare: 1 / 4 } });
    world.apply();
    world.api.put(keytender.kinds.externalSecret, { metadata: { name: 'theirs', namespace: 'team' }, spec: world.resource()?.['spec'] });
    const end = world.lead();
    await synced(world);
    world.aws.put('db');
    const detail = { name: 'db', labelUpdated: 'AWSCURRENT', versionId: 'v2' };
    world.sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail });
    await world.clock.advance(10_000);
    expect([world.aws.reads, world.sqs.size]).toEqual([{ db: 1 }, 1]);
    expect(await world.metrics()).toContain('leader_election_master_status{name="keytender-b"} 1');
    expect(world.api.find(builtin.lease, 'ops', 'keytender-b')).toBeDefined();
    expect(await world.end(end)).toBe(true);
  });

  it('serves the kinds of another group as it serves its own', async () => {
    using world = new OperateWorld({ controllers: controllersOf(exampleDialect) });
    world.apply(exampleDialect);
    const end = world.lead();
    await synced(world);
    expect(world.secret('db')).toMatchObject({
      metadata: {
        labels: { 'secrets.example.com/written': 'true' },
        ownerReferences: [{ apiVersion: 'secrets.example.com/v1beta1', kind: 'ExternalSecret', name: 'db' }],
      },
    });
    expect(readyOf(world, exampleDialect)).toMatchObject({ status: 'True', reason: 'Synced' });
    expect(await world.end(end)).toBe(true);
  });

  describe('with the controllers of two groups in one list', () => {
    const controllers = controllersOf(keytender, exampleDialect);

    /** Both groups have an ExternalSecret team/db of one secret in AWS. */
    async function bothSynced(): Promise<{ readonly world: OperateWorld; readonly end: Promise<boolean> }> {
      const world = new OperateWorld({ controllers });
      world.apply(keytender, 'own');
      world.apply(exampleDialect, 'other');
      world.aws.put('db');
      const end = world.lead();
      await world.clock.advance(5_000);
      return { world, end };
    }

    const values = (world: OperateWorld) => ['own', 'other'].map((name) => world.secret(name)?.['data']);

    it('serves both with one engine, each by its own queue and in its own words', async () => {
      const { world, end } = await bothSynced();
      using _ = world;
      expect(world.aws.reads).toEqual({ db: 1 });
      const [own, other] = values(world);
      expect([own, other]).toEqual([{ password: expect.any(String) }, own]);
      expect([readyOf(world, keytender)?.reason, readyOf(world, exampleDialect)?.reason]).toEqual(['SecretSynced', 'Synced']);
      expect([world.secret('own')?.metadata.labels, world.secret('other')?.metadata.labels]).toEqual([
        { 'keytender.dev/managed': 'true' },
        { 'secrets.example.com/written': 'true' },
      ]);
      const stores = [keytender, exampleDialect].map(({ kinds }) => world.api.find(kinds.secretStore, 'team', 'aws')?.['status']);
      expect(stores).toEqual([
        expect.objectContaining({ conditions: expect.anything() }),
        expect.objectContaining({ conditions: expect.anything() }),
      ]);
      const metrics = await world.metrics();
      for (const { name } of controllers.filter(({ isEnabled }) => isEnabled(configOf())))
        expect(metrics).toContainEqual(expect.stringContaining(`workqueue_depth{name="${name}"} 0`));
      expect(metrics).toEqual(
        expect.arrayContaining([
          'workqueue_adds_total{name="externalsecret"} 1',
          'workqueue_adds_total{name="externalsecret.secrets.example.com"} 1',
          'keytender_sync_results_total{kind="ExternalSecret.secrets.example.com",reason="SecretSynced"} 1',
        ]),
      );
      expect(await world.end(end)).toBe(true);
    });

    it('brings a change event to both, and deletes the message after both', async () => {
      const { world, end } = await bothSynced();
      using _ = world;
      const before = values(world);
      world.aws.put('db');
      const detail = { name: 'db', labelUpdated: 'AWSCURRENT', versionId: 'v2' };
      world.sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail });
      await world.clock.advance(10_000);
      const [own, other] = values(world);
      expect([own, world.aws.reads, world.sqs.size]).toEqual([other, { db: 2 }, 0]);
      expect(own).not.toEqual(before[0]);
      expect(await world.end(end)).toBe(true);
    });

    it('repairs by each group what it has written, by its own watch', async () => {
      const { world, end } = await bothSynced();
      using _ = world;
      const before = values(world);
      world.api.edit(builtin.secret, 'team', 'other', { data: { password: 'eA==' } });
      await world.clock.advance(2_000);
      world.api.remove(builtin.secret, 'team', 'own');
      await world.clock.advance(2_000);
      expect([values(world), world.aws.reads]).toEqual([before, { db: 1 }]);
      expect(await world.end(end)).toBe(true);
    });
  });

  it('refuses two controllers of one kind, and two groups of one name', () => {
    using twice = new OperateWorld({ controllers: controllersOf(keytender) });
    expect(twice.view.own.size).toBe(6);
    expect(() => new OperateWorld({ controllers: [...controllersOf(keytender), ...controllersOf({ ...keytender })] })).toThrow(TypeError);
    const similar = { ...exampleDialect, metricSuffix: '' };
    expect(() => dialectsOf(controllersOf(keytender, similar))).toThrow(new TypeError('two dialects have one metricSuffix'));
    expect(() => dialectsOf(controllersOf(keytender, { ...keytender, metricSuffix: '.x' }))).toThrow(
      new TypeError('two dialects have one group'),
    );
  });

  it('leaves no change of AWS open on an ExternalSecret that cannot be reconciled, because a kind that it needs is not listed', async () => {
    using world = new OperateWorld();
    const stores = keytender.kinds.clusterSecretStore;
    world.watcher.refused.add(groupResource(stores));
    world.apply();
    const end = world.lead();
    await synced(world);
    world.api.edit(keytender.kinds.externalSecret, 'team', 'db', { spec: { secretStoreRef: { name: 'shared', kind: stores.kind } } });
    await world.clock.advance(5_000);
    expect(readyOf(world, keytender)).toMatchObject({ status: 'Unknown', reason: 'NotListed' });
    world.aws.put('db');
    const detail = { name: 'db', labelUpdated: 'AWSCURRENT', versionId: 'v2' };
    world.sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail });
    await world.clock.advance(30_000);
    expect(world.sqs.size).toBe(0);
    expect(await world.end(end)).toBe(true);
  });

  it('ends in order when the lease is lost while nothing is under way', async () => {
    using world = new OperateWorld();
    world.apply();
    const end = world.lead();
    await synced(world);
    loseLease(world);
    await world.clock.advance(60_000);
    expect(await end).toBe(false);
    expect(world.messages.at(-1)).toBe(LOST);
    expect(world.engine.current).toBeUndefined();
  });

  it('ends in order when the lease is lost in the middle of a round, which writes nothing', async () => {
    using world = new OperateWorld();
    world.apply();
    const end = world.lead();
    const release = await roundUnderWay(world);
    loseLease(world);
    await world.clock.advance(60_000);
    release();
    expect(await end).toBe(false);
    expect(world.messages.at(-1)).toBe(LOST);
    expect(world.secret('db')).toBeUndefined();
  });

  it('finishes the round that is under way when it is asked to stop', async () => {
    using world = new OperateWorld();
    world.apply();
    const end = world.lead();
    const release = await roundUnderWay(world);
    world.stop.abort();
    await world.clock.advance(5_000);
    expect(world.engine.current).toBeDefined();
    release();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
    expect(world.secret('db')).toBeDefined();
  });

  it('cuts off a round that does not end', async () => {
    using world = new OperateWorld();
    world.apply();
    const end = world.lead();
    await roundUnderWay(world);
    world.stop.abort();
    await world.clock.advance(9_000);
    expect(await end).toBe(true);
    expect(world.secret('db')).toBeUndefined();
  });

  it.each(['nothing is', 'a round is'])('ends in order when a part fails while %s under way, and rejects with it', async (under) => {
    using world = new OperateWorld();
    world.apply();
    const end = world.lead();
    end.catch(() => undefined);
    const release = under === 'a round is' ? await roundUnderWay(world) : await synced(world);
    const broken = new Error('broken');
    world.sqs.receive = () => Promise.reject(broken);
    await world.clock.advance(1_000);
    release?.();
    await world.clock.advance(30_000);
    await expect(end).rejects.toMatchObject({ message: 'change events: failed; this is a defect', cause: broken });
    expect(world.secret('db')).toBeDefined();
    expect(world.engine.current).toBeUndefined();
  });
});
