// Slots that were missed while no operator ran are read soon but not all at once; a start causes no other reads.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { current, key, MINUTE, startEngine } from './engine-world.ts';

const HOUR = ms(60 * MINUTE);
const ids = Array.from({ length: 1_200 }, (_, n) => `s${n}`);
const NOW = new FakeClock().now();

/** Starts with 1,200 secrets of one interval that all are held; returns how many are read within so many minutes. */
async function readAfterStart(interval: number, aliveUntil: number | undefined, minutes: number): Promise<readonly number[]> {
  await using world = startEngine(aliveUntil === undefined ? {} : { aliveUntil: ms(aliveUntil) });
  world.aws.put(...ids);
  for (const id of ids) {
    world.engine.subscribe(key(id), [{ reference: current(id), refreshInterval: ms(interval), heldVersionId: 'v1' }]);
  }
  const read: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    world.aws.calls.length = 0;
    await world.clock.advance(MINUTE);
    read.push(new Set(world.aws.calls.flatMap((call) => call.ids)).size);
  }
  expect(world.called).toEqual([]);
  return read;
}

describe('a namespace that is listed long after a start', () => {
  it('has its references read once: its events were for nobody', async () => {
    const clock = new FakeClock();
    const lists = { isComplete: false, listedAt: (namespace: string) => at.get(namespace), lastAt: 0 };
    const at = new Map<string, number>();
    await using world = startEngine({ aliveUntil: NOW, firstLists: lists }, clock);
    world.aws.put('late');
    await clock.advance(30 * MINUTE);
    expect(world.engine.readUntil()).toBe(0);
    lists.isComplete = true;
    lists.lastAt = clock.monotonic();
    at.set('ns', clock.monotonic());
    world.engine.subscribe(key('late'), [{ reference: current('late'), refreshInterval: ms(24 * HOUR), heldVersionId: 'v0' }]);
    expect(world.engine.readUntil()).toBe(0);
    await clock.advance(5 * MINUTE);
    expect(world.called).toHaveLength(1);
    expect(world.engine.readUntil()).toBeGreaterThan(NOW);
  });
});

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describe('after a start', () => {
  it('reads what was missed in a downtime of half an hour within five minutes, evenly', async () => {
    const read = await readAfterStart(HOUR, NOW - HOUR / 2, 10);
    // Half of them were missed; besides, a twelfth falls due in each five minutes.
    expect(sum(read.slice(0, 5))).toBeGreaterThan(600);
    expect(sum(read.slice(0, 5))).toBeLessThan(820);
    expect(Math.max(...read)).toBeLessThan(220);
    expect(sum(read.slice(5))).toBeLessThan(160);
  });

  it('reads no more than in any other minute when it was gone for seconds only', async () => {
    expect(Math.max(...(await readAfterStart(HOUR, NOW - 10_000, 5)))).toBeLessThan(60);
    expect(Math.max(...(await readAfterStart(MINUTE, NOW - 10_000, 3)))).toBe(1_200);
  });

  it('makes up for all of them, over five minutes, when nobody knows how long it was gone', async () => {
    const read = await readAfterStart(24 * HOUR, undefined, 6);
    expect(sum(read.slice(0, 5))).toBeGreaterThanOrEqual(1_190);
    expect(Math.max(...read)).toBeLessThan(330);
    expect(read[5]).toBeLessThan(20);
  });

  it('refreshes once per interval thereafter', async () => {
    const read = await readAfterStart(HOUR, NOW - HOUR / 2, 65);
    expect(sum(read.slice(5, 65))).toBeGreaterThanOrEqual(1_150);
    expect(sum(read.slice(5, 65))).toBeLessThanOrEqual(1_260);
  });

  it('reads nothing for resources that are seen for the first time later', async () => {
    await using world = startEngine();
    await world.clock.advance(10 * MINUTE);
    world.aws.put('a');
    world.engine.subscribe(key('x'), [{ reference: current('a'), refreshInterval: ms(24 * HOUR), heldVersionId: 'v1' }]);
    await world.clock.advance(6 * MINUTE);
    expect(world.aws.calls.length).toBe(0);
  });
});

describe('after a start, where events stretch the polls to a day', () => {
  const DAY = ms(24 * HOUR);

  interface Start {
    readonly interval: number;
    readonly aliveUntil: number;
    /** The time after the start at which the queue can be read. */
    readonly trustedAfter: number;
    readonly minutes: number;
  }

  /** 1,200 secrets that all are held: how many are read until the queue is readable, and until the end. */
  async function readRelying({ interval, aliveUntil, trustedAfter, minutes }: Start): Promise<readonly [number, number]> {
    let trusted = false;
    const readObserver = { reliesOn: () => trusted, versionChanged: () => undefined, forget: () => undefined };
    await using world = startEngine({ readObserver, aliveUntil: ms(aliveUntil) });
    world.aws.put(...ids);
    const terms = { refreshInterval: ms(interval), heldVersionId: 'v1', reliance: { maxAge: DAY } };
    for (const id of ids) world.engine.subscribe(key(id), [{ reference: current(id), ...terms }]);
    await world.clock.advance(trustedAfter);
    const before = Object.keys(world.aws.reads).length;
    trusted = true;
    void [...world.engine.replanning()];
    await world.clock.advance(minutes * MINUTE - trustedAfter);
    return [before, Object.keys(world.aws.reads).length];
  }

  it('makes up for what was missed by the day', async () => {
    const [, read] = await readRelying({ interval: MINUTE, aliveUntil: NOW - 12 * HOUR, trustedAfter: 0, minutes: 5 });
    // In twelve hours half of them were missed; besides, less than one falls due in each minute.
    expect(read).toBeGreaterThan(540);
    expect(read).toBeLessThan(680);
  });

  it('does so too when it is found out late that they do', async () => {
    const [before, read] = await readRelying({ interval: 5 * MINUTE, aliveUntil: NOW - 12 * HOUR, trustedAfter: 150_000, minutes: 5 });
    expect(before).toBeGreaterThan(540);
    // Half of the others.
    expect(read - before).toBeGreaterThan(240);
    expect(read - before).toBeLessThan(360);
  });

  it('does so even after all else was made up for', async () => {
    const [before, read] = await readRelying({ interval: HOUR, aliveUntil: NOW - HOUR / 2, trustedAfter: 6 * MINUTE, minutes: 7 });
    expect(before).toBeGreaterThan(600);
    // A forty-eighth was missed by the day. Besides, one falls due in this minute.
    expect(read - before).toBeGreaterThan(5);
    expect(read - before).toBeLessThan(26);
  });

  it('reads no more than in any other minute when it was gone for seconds only', async () => {
    const [, read] = await readRelying({ interval: MINUTE, aliveUntil: NOW - 10_000, trustedAfter: 0, minutes: 5 });
    expect(read).toBeLessThan(20);
  });
});

describe('the shortest interval', () => {
  it('protects a shared secret from whoever asks for less, by default five seconds', async () => {
    for (const [options, most] of [
      [{}, 13],
      [{ minInterval: ms(20_000) }, 4],
    ] as const) {
      await using world = startEngine(options);
      world.aws.put('a');
      for (const name of ['x', 'y']) {
        world.engine.subscribe(key(name), [{ reference: current('a'), refreshInterval: ms(1_000), heldVersionId: 'v1' }]);
      }
      await world.clock.advance(MINUTE);
      expect(world.aws.calls.length).toBeLessThanOrEqual(most);
      expect(world.aws.calls.length).toBeGreaterThanOrEqual(most - 2);
    }
  });
});
