// Reads may be hours away while lists are due: the refresher must wake for a list that is due sooner.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import type { Interest } from '../../../../src/source/port.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, key, MINUTE, startEngine } from '../engine-world.ts';
import { MemoryLister } from './memory-lister.ts';

const HOUR = ms(60 * MINUTE);
const names = ['app/one', 'app/two', 'app/three'];

/** Three secrets and another one, of which each version that is there is held and listed. */
function start() {
  const clock = new FakeClock();
  const lister = new MemoryLister();
  const world = startEngine({ lister, aliveUntil: ms(clock.now() - 1_000) }, clock);
  world.aws.put(...names, 'another');
  lister.show(Object.fromEntries(names.map((name) => [name, 'v1'])));
  const subscribe = (name: string, interest: Omit<Interest, 'reference' | 'heldVersionId'>) =>
    world.engine.subscribe(key(name), [{ reference: current(name), heldVersionId: 'v1', ...interest }]);
  return Object.assign(world, {
    subscribe,
    change(name: string) {
      world.aws.put(name);
      lister.show({ [name]: 'v2' });
    },
  });
}

describe('a list that is due before any read', () => {
  it('is made when an interval that lists look in was shortened', async () => {
    await using world = start();
    for (const name of names) world.subscribe(name, { refreshInterval: ms(12 * HOUR), listedMaxAge: ms(7 * 24 * HOUR) });
    await world.clock.advance(26 * HOUR);
    expect(world.engine.stats().listed.references).toBe(3);
    for (const name of names) world.subscribe(name, { refreshInterval: MINUTE, listedMaxAge: ms(7 * 24 * HOUR) });
    await world.clock.advance(10);
    world.change('app/two');
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/two')]);
  });

  it('is made after a restart, beside a reference that is read each hour', async () => {
    await using world = start();
    world.change('app/two');
    world.subscribe('another', { refreshInterval: HOUR });
    await world.clock.advance(10);
    for (const name of names) world.subscribe(name, { refreshInterval: MINUTE, listedMaxAge: ms(24 * HOUR) });
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/two')]);
  });
});
