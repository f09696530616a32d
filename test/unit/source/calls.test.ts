// Calls that a batch takes beside the one that was planned: they use up the budget like all others.
import { describe, expect, it } from '@jest/globals';
import { BatchPermissions } from '../../../src/source/batch-permissions.ts';
import { Budgets } from '../../../src/source/budget/budgets.ts';
import { Calls } from '../../../src/source/calls.ts';
import { keyed } from '../../../src/source/reference-key.ts';
import { SourceGates } from '../../../src/source/gates/source-gates.ts';
import { ok } from '../../../src/base/result.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { current, one } from './engine-world.ts';
import { versionOf } from './memory-secrets-manager.ts';

describe('a batch that takes further calls', () => {
  it('spends the budget for them', async () => {
    const clock = new FakeClock();
    const budgets = new Budgets(clock);
    const identity = { ...one, service: 'ParameterStore' } as const;
    const ignored = (): void => undefined;
    const results = ['a', 'b'].map((id) => ok(versionOf(id, 'v1', 0)));
    const answer = (furtherCalls: number) => () => Promise.resolve({ kind: 'answered', results, furtherCalls } as const);
    const made = async (furtherCalls: number): Promise<void> => {
      const secrets = { read: () => Promise.reject(new TypeError('no single reads here')), readBatch: answer(furtherCalls) };
      const gates = new SourceGates({ clock, random: () => 0, onTurn: ignored });
      const lifetime = new AbortController().signal;
      const calls = new Calls({ secrets, clock, lifetime, gates, budgets, permissions: new BatchPermissions(clock, ignored) });
      await calls.make([keyed(current('a', identity)), keyed(current('b', identity))]);
    };
    await made(0);
    expect(budgets.take(identity, 'single', 'wanted')).toBe(0);
    await made(12);
    expect(budgets.take(identity, 'single', 'wanted')).toBeGreaterThan(0);
  });
});
