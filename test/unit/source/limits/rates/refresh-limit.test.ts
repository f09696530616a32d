// With any number of due identities, the answers of refreshes have at most a few MiB together, and every reference is refreshed.
import { describe, expect, it } from '@jest/globals';
import { type Identity, identityKey } from '../../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { current, dependantNamed, type EngineWorld, identityNamed, key, MINUTE, minutely, startEngine } from '../../engine-world.ts';

/** Together, their due references are six times the limit. */
const IDENTITIES = 40;
const SECRETS = 60;

/** One object for each identity: its key is computed once for an object. */
function manyIdentities(count = IDENTITIES): readonly Identity[] {
  return Array.from({ length: count }, (_, index) => identityNamed(`i${index}`));
}

function subscribeAll({ aws, engine }: EngineWorld, identities: readonly Identity[]): void {
  const ids = Array.from({ length: SECRETS }, (_, index) => `s${index}`);
  aws.put(...ids);
  for (const identity of identities) {
    engine.subscribe(
      key(identityKey(identity)),
      ids.map((id) => minutely(current(id, identity), 'v1')),
    );
  }
}

describe('refreshes of many identities', () => {
  it('that fall due at once are made with at most 384 references of one namespace under way, and each is made', async () => {
    await using world = startEngine();
    subscribeAll(world, manyIdentities());
    world.aws.latency = 100;
    await world.clock.advance(1);
    world.clock.freeze(2 * MINUTE);
    let most = 0;
    for (let step = 0; step < 200; step += 1) {
      await world.clock.advance(50);
      const now = world.clock.monotonic();
      const first = world.aws.calls.findLastIndex(({ at }) => at + world.aws.latency <= now) + 1;
      const underWay = world.aws.calls.slice(first).flatMap(({ ids }) => ids).length;
      most = Math.max(most, underWay);
    }
    // One namespace has four fifths of the capacity.
    expect(most).toBeGreaterThan(350);
    expect(most).toBeLessThanOrEqual(384);
    expect(new Set(world.aws.calls.flatMap(({ identity, ids }) => ids.map((id) => `${identity} ${id}`))).size).toBe(IDENTITIES * SECRETS);
  });

  it('wait for none of another namespace that fell due before', async () => {
    await using world = startEngine();
    const identities = manyIdentities();
    subscribeAll(world, identities);
    world.aws.put('own', 'shared');
    world.engine.subscribe(dependantNamed('other/own'), [minutely(current('own', identityNamed('other')), 'v1')]);
    world.engine.subscribe(dependantNamed('other/shared'), [minutely(current('shared', identities.at(-1)), 'v1')]);
    world.aws.latency = 100;
    await world.clock.advance(1);
    world.clock.freeze(2 * MINUTE);
    const began = world.clock.monotonic();
    await world.clock.advance(2_000);
    const readAt = (id: string): number | undefined => world.aws.calls.find(({ ids }) => ids.includes(id))?.at;
    expect(readAt('own')).toBeLessThanOrEqual(began + 10);
    expect(readAt('shared')).toBeLessThanOrEqual(began + 10);
    // The others go on all the same.
    expect(world.aws.calls.flatMap(({ ids }) => ids).length).toBeGreaterThan(2_000);
  });

  it('cost one namespace no more calls a second than it may, the oldest first, and hold up no other', async () => {
    const SECOND = ms(1_000);
    await using world = startEngine({ minInterval: SECOND, resourcesIn: () => 20 });
    const identities = manyIdentities(600);
    world.aws.put('db', 'own');
    const each = (id: string, identity: Identity) => ({
      reference: current(id, identity),
      refreshInterval: SECOND,
      heldVersionId: 'v1',
    });
    for (const identity of identities) world.engine.subscribe(key(identityKey(identity)), [each('db', identity)]);
    world.engine.subscribe(dependantNamed('other/own'), [each('own', identityNamed('other'))]);
    await world.clock.advance(20_000);
    const calls = world.aws.calls.filter(({ ids }) => ids.includes('db'));
    // 500 at once and 100 a second, and what 20 resources add.
    expect(calls.length).toBeGreaterThan(2_000);
    expect(calls.length).toBeLessThanOrEqual(520 + 20 * 101);
    const callsOf = Map.groupBy(calls, ({ identity }) => identity);
    const counts = identities.map((identity) => callsOf.get(identityKey(identity))?.length ?? 0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(world.aws.calls.filter(({ ids }) => ids.includes('own')).length).toBeGreaterThanOrEqual(19);
    expect(world.engine.stats().refreshesWaiting).toBeGreaterThan(100);
  });

  it('go on while others hang', async () => {
    await using world = startEngine();
    const hanging = manyIdentities(20);
    const healthy = identityNamed('well');
    subscribeAll(world, [...hanging, healthy]);
    const held = Promise.withResolvers<void>();
    for (const identity of hanging) world.aws.holdAs(identity, held.promise);
    await world.clock.advance(2 * MINUTE);
    const well = world.aws.calls.filter(({ identity }) => identity === identityKey(healthy)).flatMap(({ ids }) => ids);
    expect(new Set(well).size).toBe(SECRETS);
    expect(well.length).toBeGreaterThanOrEqual(SECRETS + SECRETS / 2);
    held.resolve();
  });
});
