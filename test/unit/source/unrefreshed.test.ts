// Dependants without refreshes: they cause no call, and are notified of the version that others read.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import type { Change } from '../../../src/source/references/change.ts';
import type { Interest, RemoteReference } from '../../../src/source/port.ts';
import type { EventReferences } from '../../../src/source/events/event-references.ts';
import { current, key, MINUTE, minutely, pinned, startEngine } from './engine-world.ts';

const DAY = ms(24 * 60 * MINUTE);
const changeOfA: Change = { service: 'SecretsManager', name: 'a', stages: ['AWSCURRENT'], versionId: 'v2' };

function watched(reference: RemoteReference, heldVersionId: string): Interest {
  return { reference, heldVersionId };
}

function concernedBy(references: EventReferences): readonly RemoteReference[] {
  return [...references.candidatesFor(changeOfA)].flatMap(({ reference, isConcerned }) => (isConcerned ? [reference] : []));
}

describe('a reference that nobody wants refreshed', () => {
  it('is never read, whatever becomes of it', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [watched(current('a'), 'v1'), watched(pinned('a', 'v1'), 'v1')]);
    world.aws.put('a');
    await world.clock.advance(DAY);
    expect([world.aws.calls, world.called]).toEqual([[], []]);
  });

  it.each(['AccessDenied', 'AWSUnavailable'] as const)('is left alone with %s once the last who refreshed it has gone', async (reason) => {
    await using world = startEngine();
    world.aws.fail('a', reason);
    world.engine.subscribe(key('x'), [watched(current('a'), 'v1')]);
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBeGreaterThan(1);
    world.engine.subscribe(key('y'), []);
    const calls = world.aws.calls.length;
    await world.clock.advance(DAY);
    expect(world.aws.calls.length).toBe(calls);
  });

  it('is not read for an event either', async () => {
    await using world = startEngine();
    const { references } = world.engine;
    world.engine.subscribe(key('x'), [watched(current('a'), 'v1')]);
    expect(concernedBy(references)).toEqual([]);
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v1')]);
    expect(concernedBy(references)).toEqual([current('a')]);
    world.engine.subscribe(key('y'), []);
    expect(concernedBy(references)).toEqual([]);
  });

  it('is caught up with as any other when somebody else wants it refreshed', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [watched(current('a'), 'v1')]);
    world.engine.subscribe(key('y'), [{ reference: current('a'), refreshInterval: DAY, heldVersionId: 'v1' }]);
    await world.clock.advance(5 * MINUTE);
    expect(world.aws.calls.length).toBe(1);
  });
});

describe('a dependant that wants no refresh', () => {
  it('is called once for each version that others see, also for the one that it holds, and not for failures', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.clock.advance(1_000);
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(MINUTE);
    world.engine.subscribe(key('x'), [watched(current('a'), 'v1')]);
    const calls = (): number => world.called.filter(([name]) => name === key('x')).length;
    /** Its reconciles: it reads again, and holds the same version. */
    const look = async (): Promise<number> => {
      await world.clock.advance(3 * MINUTE);
      world.engine.subscribe(key('x'), [watched(current('a'), 'v1')]);
      return calls();
    };
    expect(await look()).toBe(0);
    world.aws.put('a');
    expect(await look()).toBe(1);
    world.aws.fail('a', 'AccessDenied');
    expect(await look()).toBe(1);
    world.aws.failures.clear();
    world.aws.moveLabel('a', 'v1');
    expect([await look(), await look()]).toEqual([2, 2]);
  });

  it('is called when it subscribes to what is known to be another version, once', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(MINUTE);
    for (let round = 0; round < 3; round += 1) world.engine.subscribe(key('x'), [watched(current('a'), 'v0')]);
    expect(world.called.map(([name]) => name)).toEqual([key('x')]);
  });
});
