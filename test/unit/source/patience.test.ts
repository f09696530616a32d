// Whoever waits for an identity that hangs may go, and is called when there is an answer.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../src/aws/identity.ts';
import { ms } from '../../../src/base/clock.ts';
import { priority } from '../../../src/base/priority.ts';
import type { RemoteReference } from '../../../src/source/port.ts';
import { current, identityNamed, key, MINUTE, minutely, one, startEngine, type EngineWorld } from './engine-world.ts';

const PATIENCE = ms(500);
const signal = new AbortController().signal;

/** How many answers there were, and after how many milliseconds. */
async function ask(
  { engine, clock }: EngineWorld,
  references: readonly RemoteReference[],
): Promise<readonly [answers: number, after: number]> {
  const started = clock.monotonic();
  const reading = engine
    .read(references, { maxAge: MINUTE, patience: PATIENCE, signal })
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

describe('patience', () => {
  it('waits for an answer that comes in time', async () => {
    await using world = startEngine();
    world.aws.put('a');
    expect(await ask(world, [current('a')])).toEqual([1, 3]);
    expect(world.clock.sleeping).toBe(1);
  });

  it('ends while a call hangs; who asks next waits for nothing, and other identities are served', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b', 'c');
    const answer = hang(world);
    expect(await ask(world, [current('a')])).toEqual([0, 500]);
    expect(await ask(world, [current('b'), current('a')])).toEqual([0, 0]);
    expect(await ask(world, [current('c', identityNamed('two'))])).toEqual([1, 3]);
    answer();
  });

  it('calls whoever awaits the answer, once, whatever it is, and serves it from memory then', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const answer = hang(world);
    for (const id of ['a', 'gone']) {
      await ask(world, [current(id)]);
      world.engine.subscribe(key(id), [{ ...minutely(current(id), id === 'a' ? 'v1' : undefined), awaiting: true }]);
    }
    expect(world.called).toEqual([]);
    answer();
    await world.clock.advance(3);
    expect(world.called.map(([dependant]) => dependant).toSorted()).toEqual(['ns/a', 'ns/gone']);
    const calls = world.aws.calls.length;
    expect(await world.readAll([current('a'), current('gone')])).toEqual({ a: 'ok', gone: 'RemoteSecretNotFound' });
    expect(world.aws.calls.length).toBe(calls);
    for (const id of ['a', 'gone']) world.engine.subscribe(key(id), [minutely(current(id), id === 'a' ? 'v1' : undefined)]);
    await world.clock.advance(10 * MINUTE);
    expect(world.called.length).toBe(2);
  });

  it('calls at once for an answer that came between giving up and subscribing', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const answer = hang(world);
    await ask(world, [current('a')]);
    answer();
    await world.clock.advance(3);
    world.engine.subscribe(key('x'), [{ ...minutely(current('a')), awaiting: true }]);
    expect(world.called).toContainEqual(['ns/x', priority.source]);
  });

  it('is not needed by a forced read, nor where no value is kept: the answer would be lost', async () => {
    await using world = startEngine({ cacheTtl: ms(0) });
    world.aws.put('a');
    const answer = hang(world);
    let answered = false;
    const reading = world.engine.read([current('a')], { maxAge: MINUTE, patience: PATIENCE, signal }).then(({ size }) => {
      answered = true;
      return size;
    });
    await world.clock.advance(5_000);
    expect(answered).toBe(false);
    answer();
    expect(await reading).toBe(1);
  });
});

describe('a new resource', () => {
  it('is read within a second while 5,000 refreshes of the same identity are pending', async () => {
    await using world = startEngine();
    const ids = Array.from({ length: 5_000 }, (_, n) => `s${n}`);
    world.aws.put(...ids, 'new');
    for (const id of ids) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    // A suspended machine: all have fallen due when it wakes up.
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
