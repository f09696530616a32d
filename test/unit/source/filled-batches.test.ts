// While more work waits than there are workers, batches are filled before they are sent, and no read waits long for that.
import { describe, expect, it } from '@jest/globals';
import { current, identityNamed, MINUTE, startEngine, type EngineWorld } from './engine-world.ts';

const signal = new AbortController().signal;

/** As many workers as there are names, each of which reads one secret. */
function read({ engine }: EngineWorld, names: readonly string[], identity = identityNamed()): Promise<unknown> {
  return Promise.all(names.map((name) => engine.read([current(name, identity)], { maxAge: MINUTE, signal })));
}

function named(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function sizes({ aws }: EngineWorld): readonly number[] {
  return aws.calls.map(({ ids }) => ids.length);
}

describe('filling batches', () => {
  it('waits for those who come next, and sends the batch once it is full', async () => {
    await using world = startEngine({ busyWorkers: () => 64 });
    world.aws.put(...named('a', 5), ...named('b', 15));
    const early = read(world, named('a', 5));
    await world.clock.advance(50);
    expect(sizes(world)).toEqual([]);
    const late = read(world, named('b', 15));
    await world.clock.advance(3);
    await Promise.all([early, late]);
    expect(sizes(world)).toEqual([20]);
  });

  it('keeps what is left over for the next batch', async () => {
    await using world = startEngine({ busyWorkers: () => 64 });
    world.aws.put(...named('a', 25), ...named('b', 15));
    const early = read(world, named('a', 25));
    await world.clock.advance(3);
    expect(sizes(world)).toEqual([20]);
    const late = read(world, named('b', 15));
    await world.clock.advance(3);
    await Promise.all([early, late]);
    expect(sizes(world)).toEqual([20, 20]);
  });

  it('waits no longer when every worker that could still come is waiting too', async () => {
    await using world = startEngine({ busyWorkers: () => 4 });
    world.aws.put(...named('a', 4));
    const reading = read(world, named('a', 4));
    await world.clock.advance(3);
    await reading;
    expect(sizes(world)).toEqual([4]);
  });

  it('waits no longer when nothing is waiting for a worker any more', async () => {
    let busy = 64;
    await using world = startEngine({ busyWorkers: () => busy });
    world.aws.put('a', 'b');
    const reading = read(world, ['a', 'b']);
    await world.clock.advance(30);
    busy = 0;
    await world.clock.advance(3);
    await reading;
    expect(sizes(world)).toEqual([2]);
  });

  it('makes nobody wait for long, not even beside an identity whose batches fill all the time', async () => {
    await using world = startEngine({ busyWorkers: () => 64 });
    const rare = identityNamed('rare');
    world.aws.put('a', ...named('b', 1_200));
    const lone = read(world, ['a'], rare);
    const others: Promise<unknown>[] = [];
    for (let round = 0; round < 60; round++) {
      others.push(read(world, named('b', 1_200).slice(20 * round, 20 * round + 20)));
      await world.clock.advance(3);
    }
    await lone;
    const [call] = world.aws.calls.filter(({ ids }) => ids.includes('a'));
    const [first] = world.aws.calls;
    expect((call?.at ?? 0) - (first?.at ?? 0)).toBeLessThanOrEqual(153);
    // More batches at once than the budget has for a second.
    await world.clock.advance(2_000);
    await Promise.all(others);
  });
});
