// Throttling of secrets of a foreign account, which any user of a shared identity can name: it holds back the reads of that account, and no others.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import { CallBudgets } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { current, dependantNamed, MINUTE, minutely, one, startEngine, type EngineWorld } from '../engine-world.ts';

const arnIn = (account: string, name: string): string => `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}-abcdef`;
const FOREIGN = arnIn('999988887777', 'theirs');
const OWN = '111122223333';

/** A world in which the account of the identity is proved, as after its first calls. */
function startProved(): EngineWorld {
  const world = startEngine();
  world.aws.put('mine', 'other');
  return world;
}

const callsFor = (world: EngineWorld, id: string): number => world.aws.reads[id] ?? 0;

describe('throttling of a secret of a foreign account', () => {
  it('holds back other secrets of that account with the same identity, and no others', async () => {
    await using world = startProved();
    const neighbour = arnIn('999988887777', 'more');
    const third = arnIn('444455556666', 'third');
    world.aws.put(neighbour, third);
    world.aws.fail(FOREIGN, 'Throttled');
    expect(await world.readAll([current(FOREIGN)])).toEqual({ [FOREIGN]: 'Throttled' });
    expect(await world.readAll([current('mine'), current(third)])).toEqual({ mine: 'ok', [third]: 'ok' });
    expect([await world.readAll([current(neighbour)]), callsFor(world, neighbour)]).toEqual([{ [neighbour]: 'Throttled' }, 0]);
    await world.clock.advance(6_000);
    expect(await world.readAll([current(neighbour)])).toEqual({ [neighbour]: 'ok' });
  });

  it('neither shows on the store nor ends refreshes of others', async () => {
    await using world = startProved();
    world.aws.fail(FOREIGN, 'Throttled');
    world.engine.subscribe(dependantNamed('attacker/secret'), [minutely(current(FOREIGN))]);
    world.engine.subscribe(dependantNamed('victim/secret'), [minutely(current('mine'), 'v1')]);
    await world.clock.advance(10 * MINUTE);
    expect(world.engine.readStateOf(one).availability).toBe('available');
    const times = world.aws.timesOf('mine');
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))).toBeLessThanOrEqual(MINUTE + 7_000);
    expect(callsFor(world, FOREIGN)).toBeLessThan(20);
  });

  it('is not confused with throttling of the own account, when a batch of both is throttled', async () => {
    await using world = startProved();
    world.aws.fail(FOREIGN, 'Throttled');
    world.aws.fail('mine', 'Throttled');
    expect(await world.readAll([current('mine'), current(FOREIGN)])).toEqual({ mine: 'Throttled', [FOREIGN]: 'Throttled' });
    expect(await world.readAll([current('other')])).toEqual({ other: 'ok' });
    world.aws.failures.delete('mine');
    await world.clock.advance(10_000);
    world.aws.calls.length = 0;
    await world.readAll([current('mine'), current('other'), current(FOREIGN)], MINUTE);
    for (const { ids } of world.aws.calls) expect(ids.length === 1 || !ids.includes(FOREIGN)).toBe(true);
  });

  it('is that of the identity, if the ARN names the own account', async () => {
    await using world = startEngine();
    world.aws.put('mine');
    expect(await world.readAll([current('mine')])).toEqual({ mine: 'ok' });
    const own = arnIn(OWN, 'own');
    world.aws.fail(own, 'Throttled');
    await world.readAll([current(own)]);
    world.aws.put('new');
    expect(await world.readAll([current('new')])).toEqual({ new: 'Throttled' });
  });

  it('of STS concerns the identity, whatever is read', async () => {
    await using world = startProved();
    world.aws.failures.set(FOREIGN, failure('Throttled', { service: 'sts' }, { during: 'credentials' }));
    await world.readAll([current(FOREIGN)]);
    expect(await world.readAll([current('mine')])).toEqual({ mine: 'Throttled' });
  });
});

describe('the account of a secret', () => {
  it('is foreign until AWS has proved that it is that of the identity', async () => {
    await using world = startProved();
    const budgets = new CallBudgets(world.clock);
    const requested = { identity: one, secretId: arnIn(OWN, 'own') };
    expect([budgets.foreignAccount(requested), budgets.isProved(one)]).toEqual([OWN, false]);
    budgets.tried(one, 'single', { attempts: 1, throttled: 0, account: OWN }, 0);
    expect([budgets.foreignAccount(requested), budgets.isProved(one)]).toEqual([undefined, true]);
    expect(budgets.foreignAccount({ identity: one, secretId: FOREIGN })).toBe('999988887777');
    expect(budgets.foreignAccount({ identity: one, secretId: 'name' })).toBeUndefined();
  });
});
