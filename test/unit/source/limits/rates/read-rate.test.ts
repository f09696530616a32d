// Edits, deletions and creations in a loop cause no more reads than a rate permits. Reads beyond it come later, and reads of others at
// once.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../../src/base/time/clock.ts';
import type { RemoteReference } from '../../../../../src/source/port.ts';
import { current, dependantNamed, MINUTE, startEngine, type EngineWorld } from '../../engine-world.ts';

const signal = new AbortController().signal;

/** One reconcile of a resource; returns the number of answers, 0 while it waits. It subscribes afterwards, as a reconcile does. */
async function roundOf({ engine, clock }: EngineWorld, key: string, references: readonly RemoteReference[], request = ''): Promise<number> {
  const reconcile = { dependant: dependantNamed(key), request, answerTimeout: ms(500) };
  const reading = engine.read(references, { maxAge: MINUTE, reconcile, signal });
  await clock.advance(1_000);
  const { size } = await reading;
  if (size === 0) return 0;
  engine.subscribe(
    reconcile.dependant,
    references.map((reference) => ({ reference })),
  );
  engine.endReconcile(reconcile.dependant);
  return size;
}

/** The references after the nth edit of the specification: so many, and different ones after each edit. */
function edited(key: string, n: number, count = 500): readonly RemoteReference[] {
  return Array.from({ length: count }, (_, entry) => current(`${key}-${n}-${entry}`));
}

async function edit(world: EngineWorld, key: string, n: number): Promise<number> {
  return roundOf(world, key, edited(key, n), String(n));
}

function readIds({ aws }: EngineWorld): number {
  return aws.calls.flatMap(({ ids }) => ids).length;
}

describe('the rate of a namespace', () => {
  it('bounds what edits in a loop have read, and is no matter to others', async () => {
    await using world = startEngine({ resourcesIn: () => 1 });
    const perEdit: number[] = [];
    for (let n = 0; n < 60; n += 1) perEdit.push(await edit(world, 'hostile/a', n));
    // The first one and four more at once, and twenty references a second from then on.
    expect(perEdit.slice(0, 5)).toEqual([500, 500, 500, 500, 500]);
    expect(readIds(world)).toBeLessThan(2_500 + 60 * 21 + 500);
    expect(await roundOf(world, 'other/a', [current('mine')])).toBe(1);
  });

  it('lets each round read in the end, and calls its dependant then', async () => {
    await using world = startEngine({ resourcesIn: () => 1 });
    for (let n = 0; n < 6; n += 1) await edit(world, 'hostile/a', n);
    expect(await edit(world, 'hostile/a', 6)).toBe(0);
    expect(world.engine.isHeldBack(dependantNamed('hostile/a'))).toBe(true);
    world.called.length = 0;
    await world.clock.advance(120_000);
    expect(world.called.map(([key]) => key)).toContain(dependantNamed('hostile/a'));
    expect(await edit(world, 'hostile/a', 6)).toBe(500);
    expect(world.engine.isHeldBack(dependantNamed('hostile/a'))).toBe(false);
  });

  it('counts what rounds are let in to read, also while they wait for room; a new resource reads at once', async () => {
    await using world = startEngine({ resourcesIn: () => 100 });
    const keys = Array.from({ length: 100 }, (_, n) => `hostile/${n}`);
    for (const key of keys) world.engine.subscribe(dependantNamed(key), [{ reference: current('before') }]);
    for (const key of keys) {
      const reconcile = { dependant: dependantNamed(key), request: 'all at once', answerTimeout: ms(0) };
      void world.engine.read(edited(key, 1, 100), { maxAge: MINUTE, reconcile, signal });
    }
    for (let second = 0; second < 20; second += 1) {
      await world.clock.advance(1_000);
      for (const [key] of world.called.splice(0)) world.engine.endReconcile(key);
    }
    expect(readIds(world)).toBeGreaterThan(5_000);
    expect(readIds(world)).toBeLessThan(6_000 + 20 * 21 + 100);
    expect(await roundOf(world, 'hostile/new', [current('mine')])).toBe(1);
  });

  it('does not count what is known or read anyway', async () => {
    await using world = startEngine({ resourcesIn: () => 1, cacheBytes: 64 * 1024 * 1024 });
    const references = edited('shared', 0);
    for (const { secretId } of references) world.aws.put(secretId);
    for (let n = 0; n < 40; n += 1) expect(await roundOf(world, 'honest/a', references, String(n))).toBe(500);
  });

  it('keeps one round of a resource that waits, however often it is edited', async () => {
    await using world = startEngine({ resourcesIn: () => 1 });
    for (let n = 0; n < 6; n += 1) await edit(world, 'hostile/a', n);
    const before = world.clock.sleeping;
    for (let n = 6; n < 100; n += 1) {
      const reconcile = { dependant: dependantNamed('hostile/a'), request: String(n), answerTimeout: ms(500) };
      expect((await world.engine.read(edited('hostile/a', n), { maxAge: MINUTE, reconcile, signal })).size).toBe(0);
    }
    expect(world.clock.sleeping).toBeLessThanOrEqual(before + 1);
    expect(world.engine.stats().reconciles.waiting).toBe(1);
    world.engine.endReconcile(dependantNamed('hostile/a'));
    expect(world.engine.stats().reconciles.waiting).toBe(0);
    expect(world.clock.sleeping).toBeLessThanOrEqual(before);
  });

  it('lets a large namespace start at once', async () => {
    await using world = startEngine({ resourcesIn: () => 5_000 });
    for (let n = 0; n < 100; n += 1) expect(await edit(world, `large/${n}`, 0)).toBe(500);
  }, 60_000);
});
