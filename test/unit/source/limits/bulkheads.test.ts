// Identities of one region: failures of one identity do not affect another, and a failure of all costs one probe at a time.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import { type Identity, identityKey } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { current, identityNamed, key, MINUTE, minutely, startEngine, type EngineWorld } from '../engine-world.ts';

const OUTAGE = failure('AWSUnavailable', 'Secrets Manager in eu-central-1 gave no usable answer');
const [bad, worse, good] = ['bad', 'worse', 'good'].map((name) => identityNamed(name)) as [Identity, Identity, Identity];

async function refreshing(world: EngineWorld, counts: readonly (readonly [Identity, number])[]): Promise<void> {
  for (const [index, [identity, count]] of counts.entries()) {
    for (let n = 0; n < count; n += 1) {
      world.aws.put(`${index}-${n}`);
      world.engine.subscribe(key(`${index}-${n}`), [minutely(current(`${index}-${n}`, identity), 'v1')]);
    }
  }
  await world.clock.advance(3 * MINUTE);
  world.aws.calls.length = 0;
}

function callsAs(world: EngineWorld, identity: Identity): number {
  return world.aws.calls.filter((call) => call.identity === identityKey(identity)).length;
}

describe('an identity that gets no answers', () => {
  it('keeps no other of its region from reading, and is alone in saying so', async () => {
    await using world = startEngine();
    world.aws.latency = 50;
    await refreshing(world, [
      [bad, 400],
      [good, 60],
    ]);
    world.aws.failAs(bad, OUTAGE);
    await world.clock.advance(MINUTE);
    for (let minute = 0; minute < 15; minute += 1) {
      world.aws.calls.length = 0;
      await world.clock.advance(MINUTE);
      expect(new Set(world.aws.calls.filter((call) => call.identity === identityKey(good)).flatMap(({ ids }) => ids)).size).toBe(60);
      expect(callsAs(world, bad)).toBeLessThanOrEqual(6);
    }
    expect(world.engine.readStateOf(bad).availability).toMatchObject({ reason: 'AWSUnavailable' });
    expect(world.engine.readStateOf(good).availability).toBe('available');
    expect(world.engine.stats().failing).toEqual({ identities: 1, services: 0 });
    world.aws.latency = 0;
    world.aws.put('new');
    expect((await world.read(current('new', good))).ok).toBe(true);
    expect(await world.read(current('new', bad))).toMatchObject({ failure: { reason: 'AWSUnavailable' } });
    world.aws.heal(bad);
    await world.clock.advance(2 * MINUTE);
    expect(world.engine.stats().failing).toEqual({ identities: 0, services: 0 });
    expect((await world.read(current('new', bad), ms(0))).ok).toBe(true);
  });

  it('until its calls give up, one by one, keeps none either', async () => {
    await using world = startEngine();
    await refreshing(world, [
      [bad, 400],
      [good, 60],
    ]);
    world.aws.failAs(bad, OUTAGE);
    const open = new AbortController().signal;
    for (let minute = 0; minute < 10; minute += 1) {
      world.aws.calls.length = 0;
      for (let quarter = 0; quarter < 4; quarter += 1) {
        world.aws.holds.set(identityKey(bad), world.clock.sleep(ms(15_000), open));
        await world.clock.advance(14_000);
        world.aws.put(`new-${minute}-${quarter}`);
        expect((await world.read(current(`new-${minute}-${quarter}`, good))).ok).toBe(true);
        await world.clock.advance(997);
      }
      const refreshed = world.aws.calls.filter(({ identity }) => identity === identityKey(good)).flatMap(({ ids }) => ids);
      expect(new Set(refreshed.filter((id) => !id.startsWith('new'))).size).toBe(60);
    }
    expect(world.engine.readStateOf(bad).availability).toMatchObject({ reason: 'AWSUnavailable' });
    expect(world.engine.readStateOf(good).availability).toBe('available');
  });

  it('in company of another holds up one that reads seldom for one probe at most, which is told as nobody else', async () => {
    await using world = startEngine();
    await refreshing(world, [
      [bad, 40],
      [worse, 40],
    ]);
    const reference = current('seldom', good);
    world.aws.put('seldom');
    world.engine.subscribe(key('seldom'), [{ reference, refreshInterval: ms(10 * MINUTE), heldVersionId: 'v1' }]);
    await world.clock.advance(10 * MINUTE);
    for (const identity of [bad, worse]) world.aws.failAs(identity, OUTAGE);
    world.aws.calls.length = 0;
    await world.clock.advance(120 * MINUTE);
    const times = world.aws.timesOf('seldom');
    expect(times.length).toBeGreaterThanOrEqual(11);
    for (const [index, at] of times.entries()) expect(at - (times[index - 1] ?? at)).toBeLessThan(11.2 * MINUTE);
    // Each has a probe of its own a minute.
    expect(callsAs(world, bad) + callsAs(world, worse)).toBeLessThan(2 * 130 + 20);
    expect(world.called.map(([dependant]) => dependant)).not.toContain(key('seldom'));
  });
});

describe('an outage of ten minutes, with 5,000 secrets of five identities', () => {
  const five = Array.from({ length: 5 }, (_, index) => identityNamed(`team-${index}`));

  it('costs one probe at a time, is told by all, and ends for all at once', async () => {
    await using world = startEngine();
    world.aws.latency = 20;
    await refreshing(
      world,
      five.map((identity) => [identity, 1_000]),
    );
    world.aws.fail('*', 'AWSUnavailable', OUTAGE.message);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(60);
    expect(world.engine.stats().failing.services).toBe(1);
    for (const identity of five) expect(world.engine.readStateOf(identity).availability).toMatchObject({ reason: 'AWSUnavailable' });
    // They take turns.
    const late = world.aws.calls.slice(-5).map(({ identity }) => identity);
    expect(new Set(late).size).toBe(5);
    world.aws.failures.clear();
    world.aws.calls.length = 0;
    await world.clock.advance(MINUTE + 20_000);
    expect(new Set(world.aws.calls.flatMap(({ ids }) => ids)).size).toBe(5_000);
    await world.clock.advance(2 * MINUTE);
    expect(world.engine.stats().failing).toEqual({ identities: 0, services: 0 });
    for (const identity of five) expect(world.engine.readStateOf(identity).availability).toBe('available');
  }, 60_000);

  it('is an outage too where each identity reads a few secrets only', async () => {
    await using world = startEngine();
    await refreshing(
      world,
      Array.from({ length: 30 }, (_, index) => [identityNamed(`tenant-${index}`), 2] as const),
    );
    world.aws.fail('*', 'AWSUnavailable', OUTAGE.message);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(60);
    expect(world.engine.readStateOf(identityNamed('tenant-7')).availability).toMatchObject({ reason: 'AWSUnavailable' });
  });
});
