// After a restart no reference has been read, but dependants know their versions: lists are compared with those.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import type { SecretSourceOptions } from '../../../../src/source/engine-options.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, type EngineWorld, key, MINUTE, startEngine } from '../engine-world.ts';
import { MemoryLister } from './memory-lister.ts';

const HOUR = ms(60 * MINUTE);
const names = Array.from({ length: 1_000 }, (_, index) => `app/secret-${index}`);
const aliveUntil = ms(new FakeClock().now() - 10_000);

interface RestartedWorld extends EngineWorld {
  readonly lister: MemoryLister;
  /** Number of calls in each minute. */
  minutes(count: number): Promise<readonly { readonly lists: number; readonly reads: number }[]>;
}

/** A thousand secrets with one dependant each; an earlier operator has read them until ten seconds ago. */
function restart(prepare: (world: EngineWorld, lister: MemoryLister) => void, options: Partial<SecretSourceOptions> = {}): RestartedWorld {
  const lister = new MemoryLister();
  const world = startEngine({ lister, aliveUntil, ...options });
  world.aws.put(...names);
  lister.show(Object.fromEntries(names.map((name) => [name, 'v1'])));
  prepare(world, lister);
  for (const name of names) hold(world, name, name);
  return Object.assign(world, {
    lister,
    async minutes(count: number) {
      const calls: { lists: number; reads: number }[] = [];
      for (let minute = 0; minute < count; minute += 1) {
        [lister.calls.length, world.aws.calls.length] = [0, 0];
        await world.clock.advance(MINUTE);
        calls.push({ lists: lister.calls.length, reads: world.aws.calls.length });
      }
      return calls;
    },
  });
}

function hold(world: EngineWorld, dependant: string, name: string, heldVersionId = 'v1'): void {
  world.engine.subscribe(key(dependant), [{ reference: current(name), refreshInterval: MINUTE, listedMaxAge: HOUR, heldVersionId }]);
}

describe('after a restart', () => {
  it('makes no more calls than in any other minute, and reads each secret by its maximum age', async () => {
    await using world = restart(() => undefined);
    for (const { lists, reads } of await world.minutes(4)) {
      expect(lists).toBe(10);
      expect(reads).toBeLessThanOrEqual(4);
    }
    expect(world.engine.stats().listed.references).toBe(1_000);
    // A list changes no observation.
    expect(names.filter((name) => world.engine.observe(current(name)).kind === 'unknown').length).toBeGreaterThan(800);
    await world.clock.advance(HOUR);
    expect(names.filter((name) => world.engine.observe(current(name)).kind === 'unknown')).toEqual([]);
    expect(world.called).toEqual([]);
  });

  it('reads each secret within five minutes, evenly, when nobody knows for how long none was', async () => {
    await using world = restart(() => undefined, { aliveUntil: undefined });
    for (const { reads } of await world.minutes(5)) expect(reads).toBeLessThanOrEqual(20);
    expect(names.filter((name) => world.engine.observe(current(name)).kind === 'unknown')).toEqual([]);
  });

  it('reads at once what a list shows to be another version than is held', async () => {
    await using world = restart(({ aws }, lister) => {
      aws.put('app/secret-7');
      lister.show({ 'app/secret-7': 'v2' });
    });
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/secret-7')]);
    expect(world.engine.observe(current('app/secret-7'))).toEqual({ kind: 'version', versionId: 'v2' });
  });

  it('reads once what a list that is late shows to be older than what is held', async () => {
    await using world = restart(({ aws }) => aws.put('app/secret-10'));
    hold(world, 'app/secret-10', 'app/secret-10', 'v2');
    await world.clock.advance(5 * MINUTE);
    expect(world.aws.timesOf('app/secret-10')).toHaveLength(1);
    expect(world.called).toEqual([]);
  });

  it('reads in its own interval what two dependants hold different versions of', async () => {
    await using world = restart(() => undefined);
    hold(world, 'another', 'app/secret-7', 'v0');
    await world.clock.advance(MINUTE);
    expect(world.aws.timesOf('app/secret-7')).toHaveLength(1);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('another')]);
  });

  it('takes nothing for listed whose first list is ten minutes away, since nothing is refreshed more often', async () => {
    await using world = restart(() => undefined, { aliveUntil: undefined, minInterval: ms(10 * MINUTE) });
    expect(world.engine.stats().listed.references).toBe(0);
    for (const { reads } of await world.minutes(5)) expect(reads).toBeLessThanOrEqual(20);
    expect(names.filter((name) => world.engine.observe(current(name)).kind === 'unknown')).toEqual([]);
  });

  it('takes nothing for listed that is subscribed to while lists are known to be denied', async () => {
    await using world = restart((_world, lister) => void (lister.failing = 'AccessDenied'));
    await world.clock.advance(2 * MINUTE);
    world.aws.put('app/late');
    hold(world, 'app/late', 'app/late');
    expect(world.engine.stats().listed.references).toBe(0);
    await world.clock.advance(MINUTE);
    expect(world.aws.timesOf('app/late')).toHaveLength(1);
  });

  it('reads all of them where lists are denied', async () => {
    await using world = restart((_world, lister) => void (lister.failing = 'AccessDenied'));
    await world.clock.advance(2 * MINUTE);
    expect(names.filter((name) => world.engine.observe(current(name)).kind === 'unknown')).toEqual([]);
    expect(world.lister.calls).toHaveLength(1);
  });
});
