// Who edits, deletes and creates without end has no more read than a rate allows; what is beyond is read later, and others are read at once.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/clock.ts';
import type { Key } from '../../../../src/base/key.ts';
import { current, type EngineWorld, MINUTE, startEngine } from '../engine-world.ts';

const signal = new AbortController().signal;

/** One round of a resource whose specification was edited for the nth time, with 500 references that no other edit has. */
async function edit({ engine, clock }: EngineWorld, key: string, n: number): Promise<number> {
  const round = { dependant: key as Key, request: String(n), patience: ms(500) };
  const references = Array.from({ length: 500 }, (_, entry) => current(`${key}-${n}-${entry}`));
  const reading = engine.read(references, { maxAge: MINUTE, round, signal });
  await clock.advance(1_000);
  const { size } = await reading;
  if (size > 0) engine.endRound(round.dependant);
  return size;
}

describe('the rate of a namespace', () => {
  it('bounds what edits in a loop have read, and is no matter to others', async () => {
    await using world = startEngine({ resourcesIn: () => 1 });
    const perEdit: number[] = [];
    for (let n = 0; n < 60; n += 1) perEdit.push(await edit(world, 'hostile/a', n));
    // Four and a bit at once, and twenty references a second from then on.
    expect(perEdit.slice(0, 5).filter((size) => size > 0).length).toBeGreaterThanOrEqual(4);
    expect(world.aws.calls.flatMap(({ ids }) => ids).length).toBeLessThan(2_500 + 60 * 21 + 500);
    world.aws.put('mine');
    const round = { dependant: 'other/a' as Key, request: '', patience: ms(500) };
    const reading = world.engine.read([current('mine')], { maxAge: MINUTE, round, signal });
    await world.clock.advance(10);
    expect((await reading).size).toBe(1);
  });

  it('lets each round read in the end, and calls its dependant then', async () => {
    await using world = startEngine({ resourcesIn: () => 1 });
    for (let n = 0; n < 6; n += 1) await edit(world, 'hostile/a', n);
    expect(await edit(world, 'hostile/a', 6)).toBe(0);
    world.called.length = 0;
    await world.clock.advance(120_000);
    expect(world.called.map(([key]) => key)).toContain('hostile/a');
    expect(await edit(world, 'hostile/a', 6)).toBe(500);
  });

  it('lets a large namespace start at once', async () => {
    await using world = startEngine({ resourcesIn: () => 5_000 });
    for (let n = 0; n < 100; n += 1) expect(await edit(world, `large/${n}`, 0)).toBe(500);
  }, 60_000);
});
