// Namespaces with one identity: none of them waits for all reads of another.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../src/aws/credentials/identity.ts';
import type { RemoteReference } from '../../../src/source/port.ts';
import { current, dependantNamed, MINUTE, minutely, one, startEngine, type EngineWorld } from './engine-world.ts';

const open = new AbortController().signal;

interface Reading {
  /** Monotonic. */
  endedAt: number;
}

/** Starts a read for a resource of this namespace. */
function reading(world: EngineWorld, namespace: string, references: readonly RemoteReference[]): Reading {
  const begun: Reading = { endedAt: Number.POSITIVE_INFINITY };
  const dependant = dependantNamed(`${namespace}/${references[0]?.identity.roles[0]?.externalId ?? ''}${references[0]?.secretId}`);
  const ended = (): void => void (begun.endedAt = world.clock.monotonic());
  // What has no answer when the test is over ends with the engine.
  world.engine.read(references, { maxAge: MINUTE, signal: open, reconcile: { dependant, request: '' } }).then(ended, () => undefined);
  return begun;
}

const many = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => current(`${prefix}${n}`));

describe('a namespace that reads as the same identity as another one', () => {
  it('waits for no more than a call while that one asks for 10,000 secrets that do not exist', async () => {
    await using world = startEngine();
    world.aws.latency = 50;
    world.aws.put('mine');
    const hostile = Array.from({ length: 20 }, (_, n) => reading(world, 'hostile', many(`none-${n}-`, 500)));
    await world.clock.advance(2_000);
    const start = world.clock.monotonic();
    const own = reading(world, 'other', [current('mine')]);
    await world.clock.advance(1_000);
    expect(own.endedAt - start).toBeLessThan(300);
    await world.clock.advance(60_000);
    for (const { endedAt } of hostile) expect(endedAt).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('gets what both want in its own turn', async () => {
    await using world = startEngine();
    world.aws.latency = 50;
    world.aws.put('both');
    void reading(world, 'hostile', [...many('none-', 5_000), current('both')]);
    await world.clock.advance(100);
    const start = world.clock.monotonic();
    const own = reading(world, 'other', [current('both')]);
    await world.clock.advance(1_000);
    expect(own.endedAt - start).toBeLessThan(300);
  });

  it('has its refreshes in time while that one wants thousands', async () => {
    await using world = startEngine();
    world.aws.latency = 50;
    world.aws.put('mine');
    world.engine.subscribe(dependantNamed('other/resource'), [minutely(current('mine'), 'v1')]);
    await world.clock.advance(MINUTE);
    for (let n = 0; n < 5; n += 1) void reading(world, 'hostile', many(`none-${n}-`, 5_000));
    await world.clock.advance(2 * MINUTE);
    const times = world.aws.timesOf('mine');
    expect(Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))).toBeLessThan(MINUTE + 10_000);
  });

  it('finds a place while all calls of that one hang', async () => {
    await using world = startEngine();
    world.aws.put('mine');
    const hung = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(one), hung.promise);
    void reading(world, 'hostile', many('hung-', 1_000));
    await world.clock.advance(1_000);
    world.aws.holds.clear();
    const start = world.clock.monotonic();
    const own = reading(world, 'other', [current('mine')]);
    await world.clock.advance(300);
    expect(own.endedAt - start).toBeLessThan(100);
    hung.resolve();
  });

  it('asks with a query of few pages while that one asks with queries of thousands', async () => {
    await using world = startEngine();
    world.aws.latency = 20;
    world.aws.pageSize = 2;
    world.aws.put(...Array.from({ length: 3_000 }, (_, n) => `huge/${n}`), 'small/a');
    const query = (secretId: string) => ({ identity: one, secretId, version: { kind: 'query' as const } });
    void reading(
      world,
      'hostile',
      Array.from({ length: 20 }, (_, n) => query(n === 0 ? 'huge/' : `huge/${n}`)),
    );
    await world.clock.advance(5_000);
    const start = world.clock.monotonic();
    const own = reading(world, 'other', [query('small/')]);
    await world.clock.advance(2_000);
    expect(own.endedAt - start).toBeLessThan(500);
  });

  it('has its turn in the budget of the account that several identities of that one share', async () => {
    await using world = startEngine();
    world.aws.latency = 10;
    world.aws.put('proof', 'mine');
    const identities = Array.from(
      { length: 40 },
      (_, n) => ({ ...one, roles: [{ ...one.roles[0], externalId: String(n) }] }) as typeof one,
    );
    for (const identity of [one, ...identities]) {
      void reading(world, 'any', [current('proof', identity)]);
      await world.clock.advance(50);
    }
    for (const identity of identities)
      void reading(
        world,
        'hostile',
        many('none-', 500).map((reference) => ({ ...reference, identity })),
      );
    await world.clock.advance(2_000);
    const start = world.clock.monotonic();
    const own = reading(world, 'other', [current('mine')]);
    await world.clock.advance(2_000);
    expect(own.endedAt - start).toBeLessThan(500);
  });
});
