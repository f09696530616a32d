// Each look at the clock takes one millisecond, so a slice has a fixed number of steps.
import { describe, expect, it } from '@jest/globals';
import { type Key, keyOf } from '../../../src/base/key.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { QUEUED_AT_ONCE, SlicedWakes } from '../../../src/view/sliced-wakes.ts';

const USERS = 10 * QUEUED_AT_ONCE;
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

function scene(users = USERS) {
  let time = 0;
  const slices = new TimeSlices({ now: () => (time += 1), slice: ms(QUEUED_AT_ONCE) });
  const errors: unknown[] = [];
  const keys = new Set(Array.from({ length: users }, (_, index) => keyOf('team', `r${index}`)));
  const woken: { readonly event: string; readonly key: Key; readonly isMerged: boolean }[] = [];
  const wakes = new SlicedWakes(slices, (error) => void errors.push(error));
  const walk = (event: string, id = 'store', wake = (_key: Key): void => undefined) =>
    wakes.walk(id, {
      namespace: 'team',
      keys: () => keys.values(),
      wake: (key, isMerged) => {
        wake(key);
        woken.push({ event, key, isMerged });
      },
    });
  const untilWoken = async (count: number) => {
    for (let turns = 0; woken.length < count && turns < 1_000; turns += 1) await turn();
    // A further walk would go on.
    for (let turns = 0; turns < 20; turns += 1) await turn();
  };
  const walksOf = () => Map.groupBy(woken, ({ event, isMerged }) => `${event}${isMerged ? ' merged' : ''}`);
  const counts = () => [...walksOf()].map(([name, { length }]) => [name, length]);
  return { keys, woken, errors, walk, untilWoken, counts };
}

describe('the users of one object', () => {
  it('are queued at once if they are few', () => {
    const { walk, counts } = scene(QUEUED_AT_ONCE - 1);
    walk('one');
    walk('two');
    expect(counts()).toEqual([
      ['one', QUEUED_AT_ONCE - 1],
      ['two', QUEUED_AT_ONCE - 1],
    ]);
  });

  it('are queued in slices and in their order if they are many', async () => {
    const { keys, woken, walk, untilWoken } = scene();
    walk('one');
    expect(woken).toHaveLength(QUEUED_AT_ONCE);
    const steps: number[] = [];
    while (woken.length < USERS) {
      const before = woken.length;
      await turn();
      steps.push(woken.length - before);
    }
    await untilWoken(USERS);
    expect(Math.max(...steps)).toBeLessThanOrEqual(QUEUED_AT_ONCE + 1);
    expect(woken.map(({ key }) => key)).toEqual([...keys]);
  });

  it('are queued once more for all events that come while they are queued', async () => {
    const { walk, untilWoken, counts } = scene();
    for (const event of ['one', 'two', 'three', 'four']) walk(event);
    await untilWoken(2 * USERS);
    expect(counts()).toEqual([
      ['one', USERS],
      ['four merged', USERS],
    ]);
    walk('five');
    await untilWoken(3 * USERS);
    expect(counts().at(-1)).toEqual(['five', USERS]);
  });

  it('are queued for one further event as this event says', async () => {
    const { walk, untilWoken, counts } = scene();
    walk('one');
    walk('two');
    await untilWoken(2 * USERS);
    expect(counts()).toEqual([
      ['one', USERS],
      ['two', USERS],
    ]);
  });

  it('do not wait for those of another object', async () => {
    const { walk, untilWoken, counts } = scene();
    walk('one', 'store');
    walk('two', 'target');
    await untilWoken(2 * USERS);
    expect(counts()).toEqual([
      ['one', USERS],
      ['two', USERS],
    ]);
  });

  it('may change while they are queued', async () => {
    const { keys, walk, woken, untilWoken } = scene();
    walk('one');
    keys.delete(keyOf('team', `r${USERS - 1}`));
    await untilWoken(USERS - 1);
    expect(woken).toHaveLength(USERS - 1);
  });

  it('are queued for the next event after a defect', async () => {
    const { walk, errors, untilWoken, counts } = scene();
    walk('one', 'store', (key) => {
      if (key === 'team/r500') throw new Error('broken');
    });
    walk('two');
    await untilWoken(500 + USERS);
    expect(errors).toMatchObject([{ message: 'broken' }]);
    expect(counts()).toEqual([
      ['one', 500],
      ['two', USERS],
    ]);
  });
});
