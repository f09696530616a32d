// A budget that namespaces share: they take turns, whatever number of calls each of them requests.
import { describe, expect, it } from '@jest/globals';
import { SharedBudget, type Urgency } from '../../../../../src/source/limits/budgets/shared-budget.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const RATE = 40;

/** Calls in a minute by namespaces that each request one more as soon as the time between two of their calls (ms) has passed. */
function minuteOf(callers: Readonly<Record<string, { readonly urgency: Urgency; readonly every: number }>>): Record<string, number> {
  const clock = new FakeClock();
  const budget = new SharedBudget(clock, RATE);
  const state = Object.entries(callers).map(([name, caller]) => ({ name, ...caller, askAt: 0, made: 0 }));
  for (let at = 0; at < 60_000; at += 1) {
    const next = () => state.find(({ askAt }) => askAt <= at);
    for (let caller = next(); caller !== undefined; caller = next()) {
      const wait = budget.take(caller.name.split(' ')[0] ?? '', caller.urgency);
      if (wait === 0) caller.made += 1;
      caller.askAt = at + (wait === 0 ? caller.every : wait);
    }
    clock.freeze(1);
  }
  return Object.fromEntries(state.map(({ name, made }) => [name, made]));
}

const endless = { urgency: 'wanted', every: 0 } as const;

describe('a budget', () => {
  it('leaves refreshes of one namespace their share while another one reads without end', () => {
    const { hostile, victim } = minuteOf({ hostile: endless, victim: { urgency: 'refresh', every: 100 } });
    // Ten a second were requested.
    expect(victim).toBeGreaterThan(400);
    expect(hostile).toBeGreaterThan(1_500);
  });

  it('is shared out evenly, whether somebody waits for a value or not', () => {
    const made = Object.values(minuteOf({ a: endless, b: endless, c: { urgency: 'refresh', every: 0 } }));
    expect(Math.min(...made)).toBeGreaterThan(0.9 * Math.max(...made));
  });

  it('lets who waits for a value go first within a namespace', () => {
    const made = minuteOf({ 'own wanted': { urgency: 'wanted', every: 30 }, 'own refresh': { urgency: 'refresh', every: 0 } });
    expect(made['own wanted']).toBeGreaterThan(1_500);
  });

  it('lets one who has not read before go first, where the other one refreshes', () => {
    const budget = new SharedBudget(new FakeClock(), RATE);
    while (budget.take('busy', 'refresh') === 0);
    expect(budget.take('new', 'wanted')).toBeLessThanOrEqual(1_000 / RATE);
    expect(budget.take('busy', 'refresh')).toBeGreaterThan(1_000 / RATE);
  });

  it('counts each namespace once that comes before, whatever it waits for, and forgets who does not ask again', () => {
    const clock = new FakeClock();
    const budget = new SharedBudget(clock, RATE);
    while (budget.take('busy', 'wanted') === 0);
    const call = 1_000 / RATE;
    for (const urgency of ['wanted', 'refresh'] as const) budget.take('new', urgency);
    expect(budget.take('busy', 'wanted')).toBe(2 * call);
    budget.take('newer', 'refresh');
    expect([budget.take('busy', 'wanted'), budget.take('newest', 'wanted')]).toEqual([3 * call, call]);
    for (let count = 0; count < 200; count += 1) budget.spend();
    clock.freeze(2_000);
    expect(budget.take('busy', 'wanted')).toBe(121 * call);
  });
});
