// A reconcile does not wait for an identity that gets no answers. Its dependant is notified when the read has ended, and gets the answers then.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { priority } from '../../../../src/base/priority.ts';
import type { RemoteReference } from '../../../../src/source/port.ts';
import { current, identityNamed, key, MINUTE, minutely, one, startEngine, type EngineWorld } from '../engine-world.ts';

const ANSWER_TIMEOUT = ms(500);
const signal = new AbortController().signal;

interface Asking {
  readonly name?: string;
  readonly request?: string;
  readonly maxAge?: number;
}

/** Number of answers of a reconcile, and the milliseconds that it took. */
async function ask(
  { engine, clock }: EngineWorld,
  references: readonly RemoteReference[],
  { name = 'x', request = '', maxAge = MINUTE }: Asking = {},
): Promise<readonly [answers: number, after: number]> {
  const started = clock.monotonic();
  const reconcile = { dependant: key(name), request, answerTimeout: ANSWER_TIMEOUT };
  const reading = engine
    .read(references, { maxAge: ms(maxAge), reconcile, signal })
    .then((answers) => [answers.size, clock.monotonic() - started] as const);
  await clock.advance(600);
  return reading;
}

function hang(world: EngineWorld): () => void {
  const held = Promise.withResolvers<void>();
  world.aws.holds.set(identityKey(one), held.promise);
  return () => {
    world.aws.holds.delete(identityKey(one));
    held.resolve();
  };
}

describe('answerTimeout', () => {
  it('waits for an answer that comes in time', async () => {
    await using world = startEngine();
    world.aws.put('a');
    expect(await ask(world, [current('a')])).toEqual([1, 3]);
    expect(world.clock.sleeping).toBe(1);
    expect(world.called).toEqual([]);
  });

  it('ends while a call hangs; who asks next waits for nothing, and other identities are served', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b', 'c');
    const answer = hang(world);
    expect(await ask(world, [current('a')], { name: 'x' })).toEqual([0, 500]);
    expect(await ask(world, [current('b'), current('a')], { name: 'y' })).toEqual([0, 0]);
    expect(await ask(world, [current('c', identityNamed('two'))], { name: 'z' })).toEqual([1, 3]);
    answer();
  });

  it.each([300_000, 0])('calls the dependant once, whatever the answers are, and hands them over (cache of %i ms)', async (ttl) => {
    await using world = startEngine({ cacheTtl: ms(ttl) });
    world.aws.put('a', 'b');
    const answer = hang(world);
    await ask(world, [current('a'), current('b'), current('gone')]);
    expect(world.called).toEqual([]);
    answer();
    await world.clock.advance(600);
    expect(world.called).toEqual([[key('x'), priority.source]]);
    const calls = world.aws.calls.length;
    expect(await ask(world, [current('a'), current('b'), current('gone')])).toEqual([3, 0]);
    expect(world.aws.calls.length).toBe(calls);
    world.engine.endReconcile(key('x'));
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(10 * MINUTE);
    expect(world.called.length).toBe(1);
  });

  it('holds for a forced read, too: the next round for the same demand gets what was read for it', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.read(current('a'));
    const answer = hang(world);
    expect(await ask(world, [current('a')], { maxAge: 0, request: 'forced' })).toEqual([0, 500]);
    answer();
    await world.clock.advance(3);
    expect(await ask(world, [current('a')], { maxAge: 0, request: 'forced' })).toEqual([1, 0]);
    expect(world.aws.reads).toEqual({ a: 2 });
  });

  it('gives a round that asks for something else nothing of what was read before', async () => {
    await using world = startEngine({ cacheTtl: ms(0) });
    world.aws.put('a', 'b');
    const answer = hang(world);
    await ask(world, [current('a')], { request: '1' });
    answer();
    await world.clock.advance(3);
    expect(await ask(world, [current('a')], { request: '2' })).toEqual([1, 3]);
    expect(await ask(world, [current('a'), current('b')], { request: '2' })).toEqual([2, 3]);
    expect(world.aws.reads).toEqual({ a: 3, b: 1 });
  });

  it('keeps nothing for a round that has ended meanwhile', async () => {
    await using world = startEngine({ cacheTtl: ms(0) });
    world.aws.put('a');
    const answer = hang(world);
    await ask(world, [current('a')]);
    world.engine.endReconcile(key('x'));
    answer();
    await world.clock.advance(600);
    expect(world.called).toEqual([]);
    expect(world.engine.stats().reconciles).toEqual({ bytes: 0, waiting: 0 });
  });
});

describe('a new resource', () => {
  it('is read within a second while 5,000 refreshes of the same identity are pending', async () => {
    await using world = startEngine();
    const ids = Array.from({ length: 5_000 }, (_, n) => `s${n}`);
    world.aws.put(...ids, 'new');
    for (const id of ids) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    // A suspended machine: all timers are due when it continues.
    world.aws.latency = 200;
    await world.clock.advance(1);
    world.clock.freeze(2 * MINUTE);
    await world.clock.advance(1);
    const started = world.clock.monotonic();
    const reading = world.engine.read([current('new')], { maxAge: MINUTE, signal }).then(() => world.clock.monotonic() - started);
    await world.clock.advance(1_000);
    expect(new Set(world.aws.calls.flatMap((call) => call.ids)).size).toBeLessThan(3_000);
    expect(await reading).toBeLessThan(500);
    await world.clock.advance(30_000);
    expect(new Set(world.aws.calls.flatMap((call) => call.ids)).size).toBe(5_001);
  });
});
