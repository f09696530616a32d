// Messages and their effects: a message is deleted only after all dependants have acted on it.
import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { failure } from '../../../../src/failure/failure.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { ok } from '../../../../src/base/result.ts';
import { current, dependantNamed, identityNamed } from '../engine-world.ts';
import { versionOf } from '../memory-secrets-manager.ts';
import { ConsumerWorld } from './consumer-world.ts';

const DB = dependantNamed('ns/db');
const MINUTE = 60_000;
const HOURS = 5 * 60 * MINUTE;
const SECOND = 1_000;

describe('an event', () => {
  it('makes everybody whom it concerns act, and is gone then', async () => {
    await using world = await ConsumerWorld.started('db', 'other');
    const second = await world.dependant('second', 'db');
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(SECOND);
    expect(Object.fromEntries(world.written)).toEqual({ [DB]: ['v1', 'v2'], [second]: ['v1', 'v2'], [dependantNamed('ns/other')]: ['v1'] });
    expect([world.queue.size, world.results]).toEqual([0, ['shown']]);
    expect(world.lags).toHaveLength(1);
    expect(world.aws.reads).toEqual({ db: 2, other: 1 });
  });

  it('that everybody has acted on already costs nothing', async () => {
    await using world = await ConsumerWorld.started('db');
    world.queue.send(world.event('db', 'v1'), world.event('db', 'v1'), world.event('db', 'v1'));
    await world.clock.advance(SECOND);
    expect([world.queue.size, world.results.toSorted(), world.aws.reads]).toEqual([0, ['shown', 'superseded', 'superseded'], { db: 1 }]);
  });

  it('of what nobody uses, of something else, or of nothing at all is counted and deleted', async () => {
    await using world = await ConsumerWorld.started('db');
    world.queue.send(world.event('unused', 'v9'), { 'detail-type': 'Other', source: 'x' }, '{', '[]');
    await world.clock.advance(SECOND);
    expect([world.queue.size, world.results.toSorted()]).toEqual([0, ['foreign', 'poison', 'poison', 'unaffected']]);
    expect(world.aws.reads).toEqual({ db: 1 });
  });

  it('as large as the queue lets in waits for a slice of the event loop before it is parsed, each for its own', async () => {
    await using world = await ConsumerWorld.started('db');
    const slice = Promise.withResolvers<void>();
    world.slice = slice.promise;
    world.queue.send(world.event('db', 'v1'), 'x'.repeat(1_000_000), 'y'.repeat(1_000_000), '{');
    await world.clock.advance(SECOND);
    expect([world.results, world.turns]).toEqual([['shown'], []]);
    slice.resolve();
    await world.clock.advance(SECOND);
    expect([world.queue.size, world.results.toSorted()]).toEqual([0, ['poison', 'poison', 'poison', 'shown']]);
    expect(world.turns).toEqual(['', '']);
  });

  it('keeps a resource that comes before the new version was read from getting the old one', async () => {
    await using world = await ConsumerWorld.started('db');
    world.aws.put('db');
    world.aws.latency = 300;
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(100);
    const joining = world.dependant('second', 'db');
    await world.clock.advance(SECOND);
    expect(world.written.get(await joining)).toEqual(['v2']);
    expect(world.aws.reads).toEqual({ db: 2 });
  });

  it('that reads do not show yet is followed until they do', async () => {
    await using world = await ConsumerWorld.started('db');
    const old = versionOf('db', 'v1', world.clock.now());
    await world.clock.advance(10 * SECOND);
    world.aws.scripted.push(ok(old), ok(old));
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(200);
    expect([world.queue.size, world.results]).toEqual([1, []]);
    await world.clock.advance(3 * SECOND);
    expect([world.queue.size, world.results, world.written.get(DB)]).toEqual([0, ['shown'], ['v1', 'v2']]);
  });

  it('that no read ever shows is given up after a while, with few reads', async () => {
    await using world = await ConsumerWorld.started('db');
    for (let count = 0; count < 50; count += 1) world.queue.send(world.event('db', `made-up-${count}`));
    await world.clock.advance(MINUTE);
    expect([world.queue.size, new Set(world.results)]).toEqual([0, new Set(['superseded', 'not-shown'])]);
    expect(world.aws.reads['db']).toBeLessThan(12);
  });

  it('that is hours late costs one read, also when it tells of history', async () => {
    await using world = await ConsumerWorld.started('db');
    world.aws.put('db', 'db');
    await world.clock.advance(SECOND);
    world.queue.send(world.event('db', 'v2', ms(world.clock.now() - HOURS)), world.event('db', 'v1', ms(world.clock.now() - HOURS)));
    await world.clock.advance(2 * SECOND);
    expect([world.queue.size, world.written.get(DB)]).toEqual([0, ['v1', 'v3']]);
    expect(world.aws.reads['db']).toBeLessThanOrEqual(3);
  });

  it('in any order, any number of times, at any time: each version is written at most once, and the last one in the end', async () => {
    const step = record({
      secret: constantFrom('a', 'b'),
      change: integer({ min: 0, max: 2 }),
      copies: integer({ min: 0, max: 3 }),
      age: integer({ min: 0, max: HOURS }),
      pause: integer({ min: 0, max: 5_000 }),
    });
    await assert(
      asyncProperty(array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await using world = await ConsumerWorld.started('a', 'b');
        const versions = { a: 1, b: 1 };
        for (const { secret, change, copies, age, pause } of steps) {
          for (let times = 0; times < change; times += 1) world.aws.put(secret);
          versions[secret] += change;
          for (let copy = 0; copy < copies; copy += 1) {
            const told = Math.max(1, versions[secret] - copy);
            world.queue.send(world.event(secret, `v${told}`, ms(world.clock.now() - age)));
          }
          await world.clock.advance(pause);
        }
        for (const secret of ['a', 'b'] as const) world.queue.send(world.event(secret, `v${versions[secret]}`));
        await world.clock.advance(2 * MINUTE);
        for (const secret of ['a', 'b'] as const) {
          const written = world.written.get(dependantNamed(`ns/${secret}`)) ?? [];
          expect(written.at(-1)).toBe(`v${versions[secret]}`);
          expect(new Set(written).size).toBe(written.length);
        }
        expect([world.queue.size, world.errors]).toEqual([0, []]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a message', () => {
  it('is not deleted before what it tells is written, also when the next event comes while a round is under way', async () => {
    await using world = new ConsumerWorld();
    const secrets = ['a', 'b', 'c'];
    world.aws.put(...secrets);
    const all = await world.dependant('all', secrets);
    await world.clock.advance(SECOND);
    world.writeTime = 2 * SECOND;
    const current = [1, 1, 1];
    const early: string[] = [];
    for (let step = 0; step < 100; step += 1) {
      const index = step % 3;
      if (step < 60) {
        world.aws.put(secrets[index]!);
        current[index]! += 1;
        world.queue.send(world.event(secrets[index]!, `v${current[index]}`));
      }
      await world.clock.advance(300);
      // One message about each secret is enough, as long as a version of it is not written.
      const written = (world.written.get(all)?.at(-1) ?? '').split(' ');
      const unwritten = current.filter((version, of) => written[of] !== `v${version}`).length;
      if (world.queue.size < unwritten) early.push(`${world.queue.size} left, written ${written.join(' ')} of ${current.join(' ')}`);
    }
    expect(early).toEqual([]);
    expect([world.queue.size, world.written.get(all)?.at(-1)]).toEqual([0, 'v21 v21 v21']);
  });

  it('stays while what it tells cannot be written, hidden from others, and is gone afterwards; nothing else is received meanwhile', async () => {
    await using world = await ConsumerWorld.started('db');
    world.apiUp = false;
    // The running poll ends with the first message.
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(SECOND);
    world.queue.send(world.event('db', 'v1'));
    await world.clock.advance(30 * MINUTE);
    expect([world.queue.size, world.queue.visible, world.results]).toEqual([2, 1, []]);
    expect(world.queue.mostReceives).toBe(1);
    expect(world.queue.hidden.length).toBeGreaterThan(20);
    world.apiUp = true;
    const again = world.reconcileNow(DB);
    await world.clock.advance(MINUTE);
    await again;
    expect([world.queue.size, world.written.get(DB)]).toEqual([0, ['v1', 'v2']]);
  });

  it('comes back to a successor at once when the process ends in order, and after a minute when it dies', async () => {
    const first = await ConsumerWorld.started('db');
    first.apiUp = false;
    first.aws.put('db');
    first.queue.send(first.event('db', 'v2'));
    await first.clock.advance(SECOND);
    expect(first.queue.visible).toBe(0);
    await first.end(100);
    expect([first.queue.size, first.queue.visible]).toEqual([1, 1]);

    await using other = await ConsumerWorld.started('db');
    other.apiUp = false;
    other.aws.put('db');
    other.queue.send(other.event('db', 'v2'));
    await other.clock.advance(SECOND);
    // The process has stopped for good: it extends no timeout.
    other.queue.failure = failure('AWSUnavailable', 'gone');
    await other.clock.advance(MINUTE);
    expect(other.queue.visible).toBe(1);
  });

  it('comes back to a successor at once, too, when the process ends before it is processed', async () => {
    const world = await ConsumerWorld.started('db');
    world.mayProcess = new Promise(() => undefined);
    world.queue.send(world.event('db', 'v1'), world.event('db', 'v1'));
    await world.clock.advance(SECOND);
    expect([world.queue.visible, world.consumer.inFlight]).toEqual([0, 2]);
    await world.end();
    expect([world.queue.size, world.queue.visible]).toEqual([2, 2]);
  });

  it('is done when the secret cannot be read and that is shown; reads go on by themselves', async () => {
    await using world = await ConsumerWorld.started('db');
    world.aws.fail('db', 'AWSUnavailable');
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(SECOND);
    expect([world.queue.size, world.results, world.written.get(DB)]).toEqual([0, ['failed'], ['v1', 'AWSUnavailable']]);
    world.aws.failures.clear();
    await world.clock.advance(MINUTE);
    expect(world.written.get(DB)?.at(-1)).toBe('v2');
  });

  it('is not received in a hurry while AWS does not answer reads', async () => {
    await using world = await ConsumerWorld.started('db');
    world.aws.fail('db', 'AWSUnavailable');
    const before = world.queue.receives;
    for (let count = 0; count < 20; count += 1) {
      world.queue.send(world.event('db', `v${count + 2}`));
      await world.clock.advance(SECOND);
    }
    expect(world.queue.receives - before).toBeLessThan(8);
  });

  it('is not received while nothing at all can be read, and then at once; events stay relied on', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `db-${index}`);
    await using world = await ConsumerWorld.started('db', ...many);
    const reliance = { maxAge: ms(HOURS) };
    expect(world.reliance.reliesOn(current('db'), reliance)).toBe(true);
    world.aws.fail('*', 'AWSUnavailable', 'no answer');
    // A poll that waits ends with the next message.
    world.queue.send('{}');
    const reading = Promise.all(many.map((name) => world.engine.references.refresh(current(name))));
    await world.clock.advance(SECOND);
    await reading;
    expect(world.engine.stats().failing.identities).toBe(1);
    world.aws.put('db');
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(10 * MINUTE);
    expect([world.queue.size, world.queue.mostReceives, world.results]).toEqual([1, 0, ['poison']]);
    expect(world.reliance.reliesOn(current('db'), reliance)).toBe(true);
    world.aws.failures.clear();
    await world.clock.advance(MINUTE + 10 * SECOND);
    expect([world.queue.size, world.results, world.written.get(DB)]).toEqual([0, ['poison', 'shown'], ['v1', 'v2']]);
  });

  it('about what one identity cannot read holds up nobody else, and what it tells is found once it can', async () => {
    await using world = await ConsumerWorld.started('db');
    const bad = identityNamed('bad');
    world.aws.put('other');
    const other = await world.dependant('other', 'other', undefined, bad);
    world.aws.failAs(bad, failure('AWSUnavailable', 'no answer'));
    world.aws.put('other');
    for (let version = 2; version < 12; version += 1) {
      for (let event = 0; event < 4; event += 1) {
        world.queue.send(world.event('other', 'v2'));
        await world.clock.advance(SECOND);
      }
      world.aws.put('db');
      world.queue.send(world.event('db', `v${version}`));
      await world.clock.advance(SECOND);
      expect(world.written.get(DB)?.at(-1)).toBe(`v${version}`);
    }
    // The last read may wait for its limit: the reads before it have shown nothing new.
    expect(world.queue.size).toBeLessThanOrEqual(1);
    expect(world.written.get(other)).toEqual(['v1', 'AWSUnavailable']);
    world.aws.heal(bad);
    await world.clock.advance(MINUTE);
    expect(world.written.get(other)).toEqual(['v1', 'AWSUnavailable', 'v2']);
  });

  it('that somebody cannot act on is given up after ten minutes, though not deleted, and holds up nobody else', async () => {
    await using world = await ConsumerWorld.started('db', 'other');
    world.stuck.add(DB);
    world.aws.put('db', 'other');
    world.queue.send(world.event('db', 'v2'), world.event('other', 'v2'));
    await world.clock.advance(5 * MINUTE);
    expect([world.queue.size, world.results, world.consumer.inFlight]).toEqual([1, ['shown'], 1]);
    await world.clock.advance(5 * MINUTE + 10 * SECOND);
    expect(world.results).toEqual(['shown', 'unfinished']);
    await world.clock.advance(MINUTE);
    expect(world.queue.mostReceives).toBe(2);
    world.stuck.clear();
    const again = world.reconcileNow(DB);
    await world.clock.advance(SECOND);
    await again;
    expect([world.queue.size, world.results]).toEqual([0, ['shown', 'unfinished', 'shown']]);
  });

  it('is deleted later when it cannot be at once', async () => {
    await using world = await ConsumerWorld.started('db');
    world.queue.send(world.event('db', 'v1'));
    world.queue.failure = undefined;
    await world.clock.advance(20);
    world.queue.failure = failure('Throttled', 'slow down');
    await world.clock.advance(2 * SECOND);
    expect(world.queue.size).toBe(1);
    world.queue.failure = undefined;
    await world.clock.advance(10 * SECOND);
    expect([world.queue.size, world.queue.mostReceives]).toEqual([0, 0]);
  });
});

describe('reliance on events', () => {
  const reads = (world: ConsumerWorld): number => world.aws.reads['db'] ?? 0;

  async function stretched(): Promise<ConsumerWorld> {
    const world = new ConsumerWorld();
    world.aws.put('db');
    await world.dependant('db', 'db', 10 * MINUTE);
    await world.clock.advance(SECOND);
    return world;
  }

  it('stretches polls for whoever has opted in, while the queue is read', async () => {
    await using world = await stretched();
    const before = reads(world);
    await world.clock.advance(30 * MINUTE);
    // Eight minutes apart, so that also the first is in time after a poll that lay a minute back, and one that is made a little early.
    expect(reads(world) - before).toBe(4);
    world.queue.failure = failure('AccessDenied', 'no');
    await world.clock.advance(MINUTE);
    const failing = reads(world);
    await world.clock.advance(10 * MINUTE);
    expect(reads(world) - failing).toBe(10);
    world.queue.failure = undefined;
    await world.clock.advance(2 * MINUTE);
    const again = reads(world);
    await world.clock.advance(20 * MINUTE);
    expect(reads(world) - again).toBeLessThanOrEqual(3);
    expect(new Set(world.polls)).toEqual(new Set([undefined, 'AccessDenied']));
  });

  it('ends for an identity when a poll finds what no event told, and begins again with the next event about it', async () => {
    await using world = await stretched();
    world.aws.put('db');
    for (let waited = 0; world.written.get(DB)?.length === 1 && waited < 60; waited += 1) await world.clock.advance(10 * SECOND);
    expect([world.written.get(DB), world.missed]).toEqual([['v1', 'v2'], []]);
    await world.clock.advance(2 * MINUTE);
    expect(world.missed).toEqual(['db']);
    const before = reads(world);
    await world.clock.advance(10 * MINUTE);
    expect(reads(world) - before).toBe(10);
    world.aws.put('db');
    world.queue.send(world.event('db', 'v3'));
    await world.clock.advance(2 * MINUTE);
    const after = reads(world);
    await world.clock.advance(20 * MINUTE);
    expect(reads(world) - after).toBe(3);
    expect(world.missed).toEqual(['db']);
  });

  it('bears events that come a little later than a poll', async () => {
    await using world = await stretched();
    world.aws.put('db');
    const poll = world.engine.references.refresh(current('db'));
    await world.clock.advance(45 * SECOND);
    await poll;
    world.queue.send(world.event('db', 'v2'));
    await world.clock.advance(5 * MINUTE);
    expect(world.missed).toEqual([]);
  });
});
