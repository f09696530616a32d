// The end of the whole work of the leader, with the real engine, workers, recorder of events and consumer of change events, without a
// process.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { keyOf } from '../../../src/base/key.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { OperateWorld } from './operate-world.ts';

const LOST = 'leadership lost; exiting so that nothing of the old view remains';

function loseLease(world: OperateWorld): void {
  world.api.fault = ({ kind }) => (kind === builtin.lease.kind ? 'unavailable' : undefined);
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

/** Metadata of the ExternalSecret after a change of its specification. */
function changed(world: OperateWorld): KubeObject['metadata'] {
  const { metadata } = world.view.externalSecrets.get(keyOf('team', 'db'))!;
  return { ...metadata, resourceVersion: '99', generation: 2 };
}

describe('operate', () => {
  it('reconciles no object that another shard owns, neither at the start nor when it changes', async () => {
    using world = new OperateWorld();
    world.shard = { owns: (key) => key !== 'team/db' };
    const end = world.lead();
    world.aws.put('db');
    await world.clock.advance(2_000);
    world.seen('ExternalSecret', { ...world.view.externalSecrets.get(keyOf('team', 'db'))!, metadata: changed(world) });
    await world.clock.advance(2_000);
    expect([world.secret('db'), world.api.find(keytender.kinds.externalSecret, 'team', 'db')?.['status']]).toEqual([undefined, undefined]);
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });

  it('serves the kinds of another group as it serves its own', async () => {
    using world = new OperateWorld([], exampleDialect);
    const end = world.lead();
    await synced(world);
    expect(world.secret('db')).toMatchObject({
      metadata: {
        labels: { 'secrets.example.com/written': 'true' },
        ownerReferences: [{ apiVersion: 'secrets.example.com/v1beta1', kind: 'ExternalSecret', name: 'db' }],
      },
    });
    const status = world.api.find(exampleDialect.kinds.externalSecret, 'team', 'db')?.['status'];
    expect(status).toMatchObject({ conditions: [{ type: 'Ready', status: 'True', reason: 'Synced' }] });
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });

  it('ends in order when the lease is lost while nothing is under way', async () => {
    using world = new OperateWorld();
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
    const end = world.lead();
    await roundUnderWay(world);
    world.stop.abort();
    await world.clock.advance(9_000);
    expect(await end).toBe(true);
    expect(world.secret('db')).toBeUndefined();
  });

  it.each(['nothing is', 'a round is'])('ends in order when a part fails while %s under way, and rejects with it', async (under) => {
    using world = new OperateWorld();
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
