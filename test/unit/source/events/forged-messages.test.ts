// Forged messages: a sender to the queue can cause few reads, and cannot delay events of others.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { current, dependantNamed } from '../engine-world.ts';
import { ConsumerWorld } from './consumer-world.ts';

const DB = dependantNamed('ns/db');
const SECOND = 1_000;
const MINUTE = 60_000;
const HOURS = 5 * 60 * MINUTE;

describe('made-up messages', () => {
  it('about one secret take one place and few reads, and hold up no other secret', async () => {
    await using world = await ConsumerWorld.started('db', 'other');
    for (let count = 0; count < 1_500; count += 1) world.queue.send(world.event('db', `made-up-${count}`, ms(world.clock.now() + HOURS)));
    await world.clock.advance(SECOND);
    expect([world.queue.size, world.consumer.inFlight]).toEqual([1, 1]);
    world.aws.put('other');
    world.queue.send(world.event('other', 'v2'));
    await world.clock.advance(SECOND);
    expect(world.written.get(dependantNamed('ns/other'))).toEqual(['v1', 'v2']);
    await world.clock.advance(2 * MINUTE);
    expect([world.queue.size, world.errors]).toEqual([0, []]);
    expect(world.aws.reads['db']).toBeLessThan(15);
  });

  it('about one secret do not keep a true one from being acted on', async () => {
    await using world = await ConsumerWorld.started('db');
    const forge = (): void => world.queue.send(world.event('db', `made-up-${world.clock.now()}`, ms(world.clock.now() + HOURS)));
    for (let count = 0; count < 10; count += 1) forge();
    await world.clock.advance(10 * SECOND);
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    for (let second = 0; second < 60; second += 1) {
      forge();
      await world.clock.advance(SECOND);
    }
    expect(world.written.get(DB)).toEqual(['v1', 'v2']);
  });

  it('about many secrets cause a read each at most, and no more than the limit of all', async () => {
    const secrets = Array.from({ length: 250 }, (_, index) => `s${index}`);
    await using world = await ConsumerWorld.started(...secrets);
    const before = Object.values(world.aws.reads).reduce((sum, count) => sum + count, 0);
    for (let count = 0; count < 1_000; count += 1) world.queue.send(world.event(secrets[count % 250]!, `made-up-${count}`));
    await world.clock.advance(20 * SECOND);
    const reads = Object.values(world.aws.reads).reduce((sum, count) => sum + count, 0) - before;
    // At once, in twenty seconds, and repeated ones.
    expect(reads).toBeLessThanOrEqual(200 + 200 + 60);
    await world.clock.advance(2 * MINUTE);
    expect([world.queue.size, world.errors]).toEqual([0, []]);
  });

  it('do not slow down true ones, however many these are', async () => {
    const secrets = Array.from({ length: 250 }, (_, index) => `s${index}`);
    await using world = await ConsumerWorld.started(...secrets);
    world.aws.put(...secrets);
    for (const secret of secrets) world.queue.send(world.event(secret, 'v2'));
    await world.clock.advance(5 * SECOND);
    expect(secrets.filter((secret) => world.written.get(dependantNamed(`ns/${secret}`))?.at(-1) !== 'v2')).toEqual([]);
  });

  it('open no open: as an identity that is known to be denied nothing is asked', async () => {
    const secrets = Array.from({ length: 12 }, (_, index) => `s${index}`);
    await using world = await ConsumerWorld.started(...secrets);
    world.aws.fail('*', 'AWSUnavailable', 'no answer');
    for (const secret of secrets) world.queue.send(world.event(secret, 'v2'));
    await world.clock.advance(2 * SECOND);
    expect(world.engine.stats().failing.identities).toBe(1);
    const before = world.aws.calls.length;
    for (const secret of secrets) await world.engine.references.refresh(current(secret));
    expect(world.aws.calls.length).toBe(before);
    world.aws.failures.clear();
    world.aws.put(...secrets);
    await world.clock.advance(2 * MINUTE);
    expect(secrets.filter((secret) => world.written.get(dependantNamed(`ns/${secret}`))?.at(-1) !== 'v2')).toEqual([]);
  });
});
