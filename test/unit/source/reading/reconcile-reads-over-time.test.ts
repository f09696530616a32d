// The bytes of reconciles: each a few MiB, all together no more than a budget that namespaces share; no value is read twice for one reconcile.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { nameOf } from '../../../../src/base/key.ts';
import { dependantOf } from '../../../../src/source/references/dependant.ts';
import type { RemoteReference } from '../../../../src/source/port.ts';
import { current, dependantNamed, identityNamed, key, MINUTE, pinned, startEngine, type EngineWorld } from '../engine-world.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

/** The reasons in the answers of a reconcile with their numbers; empty while the reconcile waits. */
async function ask({ engine, clock }: EngineWorld, name: string, references: readonly RemoteReference[], wait = 5_000) {
  const reconcile = { dependant: dependantNamed(name), request: '', answerTimeout: ms(500) };
  const reading = engine.read(references, { maxAge: MINUTE, reconcile, signal });
  await clock.advance(wait);
  const counts: Record<string, number> = {};
  for (const outcome of (await reading).values()) {
    const reason = outcome.ok ? 'ok' : outcome.failure.reason;
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

/** So many secrets, each with a value of that size. */
function putMany(world: EngineWorld, prefix: string, count: number, size: number): readonly string[] {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  for (const name of names) world.aws.sizes.set(name, size);
  world.aws.put(...names);
  return names;
}

describe('the values of one round', () => {
  it.each([
    ['pinned', (name: string) => pinned(name, 'v1')],
    ['unpinned', (name: string) => current(name)],
  ])('are refused at the first excess when 500 %s ones hold 64 KiB each', async (_, referenceTo) => {
    await using world = startEngine();
    const references = putMany(world, 's', 500, 65_536).map(referenceTo);
    const answers = await ask(world, 'ns/a', references);
    expect(answers).toEqual({ ok: 65, SecretTooLarge: 435 });
    expect(Object.keys(world.aws.reads).length).toBe(65);
  });

  it('are all there when they come near the limit of a Secret, and when many are small', async () => {
    await using world = startEngine();
    const large = putMany(world, 'large', 16, 65_536).map((name) => current(name));
    expect(await ask(world, 'ns/a', large)).toEqual({ ok: 16 });
    const small = putMany(world, 'small', 500, 2_000).map((name) => current(name));
    expect(await ask(world, 'ns/b', small)).toEqual({ ok: 500 });
    expect(world.aws.calls.filter(({ ids }) => ids[0]?.startsWith('small')).length).toBeLessThanOrEqual(30);
  });

  it('are read once, however slow AWS is and however small the cache', async () => {
    await using world = startEngine({ cacheBytes: 128 * 1024 });
    const references = putMany(world, 's', 60, 65_536).map((name) => current(name));
    world.aws.latency = 2_000;
    expect(await ask(world, 'ns/a', references, 600)).toEqual({});
    expect(await ask(world, 'ns/a', references, 600)).toEqual({});
    await world.clock.advance(10_000);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('a')]);
    expect(await ask(world, 'ns/a', references)).toEqual({ ok: 60 });
    expect(new Set(Object.values(world.aws.reads))).toEqual(new Set([1]));
  });
});

describe('the values of all rounds', () => {
  /** Twenty reconciles of a namespace without answers, each with as many large values as permitted. */
  async function greedy(world: EngineWorld): Promise<() => void> {
    const held = Promise.withResolvers<void>();
    const identity = identityNamed('greedy');
    world.aws.holdAs(identity, held.promise);
    for (let round = 0; round < 20; round += 1) {
      const references = putMany(world, `g${round}-`, 60, 65_536).map((name) => current(name, identity));
      expect(await ask(world, `greedy/r${round}`, references, 600)).toEqual({});
    }
    return held.resolve;
  }

  it('leave room for other namespaces while one has as much as it may have', async () => {
    await using world = startEngine();
    const answer = await greedy(world);
    expect(world.engine.stats().reconciles.bytes).toBeLessThanOrEqual(11 * MIB);
    const references = putMany(world, 'v', 60, 65_536).map((name) => current(name));
    expect(await ask(world, 'victim/a', references, 400)).toEqual({ ok: 60 });
    answer();
  });

  it('go round: each that waited is called when it has been read, and none is read twice', async () => {
    await using world = startEngine();
    const answer = await greedy(world);
    answer();
    const served = new Set<string>();
    for (let round = 0; round < 40 && served.size < 20; round += 1) {
      for (const [dependant] of world.called.splice(0)) {
        const index = nameOf(dependantOf(dependant).key).name.slice('r'.length);
        const references = Array.from({ length: 60 }, (_, n) => current(`g${index}-${n}`, identityNamed('greedy')));
        expect(await ask(world, dependantOf(dependant).key, references, 3)).toEqual({ ok: 60 });
        world.engine.endReconcile(dependant);
        served.add(dependant);
      }
      await world.clock.advance(1_000);
      expect(world.engine.stats().reconciles.bytes).toBeLessThanOrEqual(11 * MIB);
    }
    expect(served.size).toBe(20);
    expect(new Set(Object.values(world.aws.reads))).toEqual(new Set([1]));
    expect(world.engine.stats().reconciles).toEqual({ bytes: 0, waiting: 0 });
  });

  it('start no read that waited for bytes when the engine ends', async () => {
    const world = startEngine();
    const references = (of: string): readonly RemoteReference[] => putMany(world, of, 70, 65_536).map((name) => current(name));
    world.aws.latency = 60_000;
    // Each needs 4 MiB, and one namespace may have two of them and a part of a third.
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await ask(world, `ns/${name}`, references(name), 600)).toEqual({});
    const { references: before, reconciles } = world.engine.stats();
    expect(reconciles.waiting).toBe(3);
    await world[Symbol.asyncDispose]();
    expect(world.engine.stats().references).toBe(before);
  });
});
