import { describe, expect, it } from '@jest/globals';
import { Lanes } from '../../support/operator/lanes.ts';

class Room implements AsyncDisposable {
  inside = 0;
  readonly visits: string[] = [];

  async [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

describe('lanes', () => {
  const rooms: Room[] = [];
  const lanes = new Lanes(2, () => {
    rooms.push(new Room());
    return Promise.resolve(rooms.at(-1) ?? new Room());
  });

  function visit(name: string, lane?: number): Promise<void> {
    return lanes.run(async (room) => {
      room.inside += 1;
      expect(room.inside).toBe(1);
      room.visits.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      room.inside -= 1;
      if (name === 'fails') throw new Error(name);
    }, lane);
  }

  it('run the tests of a lane one after the other, also after one that failed, and those of others meanwhile', async () => {
    const ends = await Promise.allSettled([visit('a'), visit('b'), visit('fails'), visit('c'), visit('d'), visit('e', 1)]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(rooms.map(({ visits }) => visits)).toEqual([
      ['a', 'fails', 'd'],
      ['b', 'c', 'e'],
    ]);
  });
});
