// However many identities fall due at once, the answers of refreshes never hold more than a few MiB together; and nobody is forgotten.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../../src/aws/credentials/identity.ts';
import { current, type EngineWorld, identityNamed, key, MINUTE, minutely, startEngine } from '../engine-world.ts';

const IDENTITIES = 100;
const SECRETS = 60;

function subscribeAll({ aws, engine }: EngineWorld, identities: readonly string[]): void {
  const ids = Array.from({ length: SECRETS }, (_, index) => `s${index}`);
  aws.put(...ids);
  for (const name of identities) {
    engine.subscribe(
      key(name),
      ids.map((id) => minutely(current(id, identityNamed(name)), 'v1')),
    );
  }
}

describe('refreshes of many identities', () => {
  it('that fall due at once are made with at most 480 references under way, and each is made', async () => {
    await using world = startEngine();
    subscribeAll(
      world,
      Array.from({ length: IDENTITIES }, (_, index) => `i${index}`),
    );
    world.aws.latency = 100;
    await world.clock.advance(1);
    world.clock.freeze(2 * MINUTE);
    let most = 0;
    for (let step = 0; step < 600; step += 1) {
      await world.clock.advance(50);
      const now = world.clock.monotonic();
      const underWay = world.aws.calls.filter(({ at }) => at + world.aws.latency > now).flatMap(({ ids }) => ids).length;
      most = Math.max(most, underWay);
    }
    expect(most).toBeGreaterThan(400);
    expect(most).toBeLessThanOrEqual(480);
    expect(new Set(world.aws.calls.flatMap(({ identity, ids }) => ids.map((id) => `${identity} ${id}`))).size).toBe(IDENTITIES * SECRETS);
  });

  it('go on while others hang', async () => {
    await using world = startEngine();
    const hanging = Array.from({ length: 20 }, (_, index) => `hangs${index}`);
    subscribeAll(world, [...hanging, 'well']);
    const held = Promise.withResolvers<void>();
    for (const name of hanging) world.aws.holdAs(identityNamed(name), held.promise);
    await world.clock.advance(2 * MINUTE);
    const well = world.aws.calls.filter(({ identity }) => identity === identityKey(identityNamed('well'))).flatMap(({ ids }) => ids);
    expect(new Set(well).size).toBe(SECRETS);
    expect(well.length).toBeGreaterThanOrEqual(SECRETS + SECRETS / 2);
    held.resolve();
  });
});
