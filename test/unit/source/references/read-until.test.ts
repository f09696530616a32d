// The time until which all due reads were made, so that the next process makes later ones: a postponed read is not lost with the process.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import type { Priority } from '../../../../src/base/priority.ts';
import { PendingReconciles } from '../../../../src/source/events/pending-reconciles.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { phaseOf, slotAfter } from '../../../../src/source/schedule/slots.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, type EngineWorld, key, MINUTE, minutely, one, pinned, startEngine } from '../engine-world.ts';
import type { DependantKey } from '../../../../src/source/port.ts';

const DAY = ms(24 * 60 * MINUTE);
const NOW = new FakeClock().now();
const daily = Array.from({ length: 7_200 }, (_, n) => `day${n}`);
const often = Array.from({ length: 60 }, (_, n) => `often${n}`);

function start(aliveUntil: number, clock?: FakeClock): EngineWorld {
  const world = startEngine({ aliveUntil: ms(aliveUntil) }, clock);
  world.aws.put(...daily, ...often);
  for (const id of daily) world.engine.subscribe(key(id), [{ reference: current(id), refreshInterval: DAY, heldVersionId: 'v1' }]);
  for (const id of often) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
  return world;
}

/** Whether the slot of the daily secret lies in this time. */
function isDue(id: string, from: number, to: number): boolean {
  const slot = slotAfter(phaseOf(referenceKey(current(id))), DAY, ms(from));
  return slot <= to;
}

describe('what a process vouches for', () => {
  it('is what the one before did, until all that this one left is made up for', async () => {
    await using world = start(NOW - 20 * MINUTE);
    expect(world.engine.readUntil()).toBe(NOW - 20 * MINUTE);
    await world.clock.advance(4 * MINUTE);
    expect(world.engine.readUntil()).toBe(NOW - 20 * MINUTE);
    await world.clock.advance(2 * MINUTE);
    expect(world.clock.now() - world.engine.readUntil()).toBeLessThan(MINUTE);
    await using unknown = startEngine();
    expect(unknown.engine.readUntil()).toBe(0);
  });

  it('stands still while what was due is put off, so that the next process reads it', async () => {
    await using before = start(NOW);
    await before.clock.advance(6 * MINUTE);
    const outage = before.clock.now();
    before.aws.failAs(one, failure('AWSUnavailable', 'gave no usable answer'));
    await before.clock.advance(20 * MINUTE);
    const until = before.engine.readUntil();
    // The dependants of the probes were notified.
    const told = new Set(before.called.map(([dependant]) => dependant));
    // References that were due within the first minute may have been read a little early.
    const missed = daily.filter((id) => isDue(id, outage + MINUTE, before.clock.now()) && !told.has(key(id)));
    expect(missed.length).toBeGreaterThan(15);

    await using after = start(until, before.clock);
    await after.clock.advance(6 * MINUTE);
    expect(missed.filter((id) => after.aws.reads[id] === undefined)).toEqual([]);
  });

  it('goes on when they were read', async () => {
    await using world = start(NOW);
    await world.clock.advance(6 * MINUTE);
    world.aws.latency = 10 * MINUTE;
    await world.clock.advance(5 * MINUTE);
    expect(world.clock.now() - world.engine.readUntil()).toBeGreaterThan(4 * MINUTE);
    world.aws.latency = 0;
    await world.clock.advance(20 * MINUTE);
    expect(world.clock.now() - world.engine.readUntil()).toBeLessThan(MINUTE);
  });

  it('is not held back by a pinned version, which is never read again', async () => {
    await using world = startEngine({ aliveUntil: ms(NOW - DAY) });
    world.aws.put('a');
    world.engine.subscribe(key('x'), [{ reference: pinned('a', 'v1'), refreshInterval: DAY, heldVersionId: 'v1' }]);
    await world.clock.advance(10 * MINUTE);
    expect(world.clock.now() - world.engine.readUntil()).toBeLessThan(MINUTE);
    expect(world.aws.calls).toEqual([]);
  });

  it('ends before what somebody was called for who has not acted yet, and so is made up for', async () => {
    const reconciles = new PendingReconciles([]);
    const hourly = { reference: current('a'), refreshInterval: ms(60 * MINUTE), heldVersionId: 'v1' };
    const called: number[] = [];
    const clock = new FakeClock();
    const onChange = (dependant: DependantKey, _priority: Priority, since: Ms): void => {
      reconciles.notified(dependant, since);
      called.push(clock.now());
    };
    await using before = startEngine({ aliveUntil: NOW, onChange, notifiedSince: () => reconciles.notifiedSince }, clock);
    before.aws.put('a');
    before.engine.subscribe(key('d'), [hourly]);
    await clock.advance(90 * MINUTE);
    before.aws.put('a');
    // The read is late: its slot was minutes before the notification.
    before.aws.latency = 3 * MINUTE;
    while (called.length === 0) await clock.advance(1_000);
    await clock.advance(10 * MINUTE);
    const until = before.engine.readUntil();
    expect((called[0] ?? 0) - until).toBeGreaterThanOrEqual(3 * MINUTE);

    await using after = startEngine({ aliveUntil: until }, clock);
    after.aws.put('a', 'a');
    after.engine.subscribe(key('d'), [hourly]);
    await clock.advance(6 * MINUTE);
    expect(after.called.map(([dependant]) => dependant)).toEqual([key('d')]);

    reconciles.started(key('d'));
    reconciles.recorded(key('d'));
    reconciles.ended(key('d'));
    expect(clock.now() - before.engine.readUntil()).toBeLessThan(MINUTE);
  });

  it('is not held back by what fails, of which everybody has heard', async () => {
    await using world = start(NOW);
    world.aws.fail('often0', 'AccessDenied');
    await world.clock.advance(30 * MINUTE);
    expect(world.clock.now() - world.engine.readUntil()).toBeLessThan(MINUTE);
  });
});
