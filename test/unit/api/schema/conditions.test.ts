import { describe, expect, it } from '@jest/globals';
import { findCondition, withCondition, type Condition } from '../../../../src/api/schema/conditions.ts';

const EARLIER = '2026-01-01T00:00:00Z';
const NOW = '2026-01-02T00:00:00Z';

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: EARLIER,
  reason: 'SecretSynced',
  message: 'in sync',
};
const foreign: Condition = { ...ready, type: 'Audited', reason: 'ByHand' };

describe('withCondition', () => {
  it('adds a condition with the present time', () => {
    const { lastTransitionTime: _, ...next } = ready;
    expect(withCondition([], next, NOW)).toEqual([{ ...ready, lastTransitionTime: NOW }]);
  });

  it('keeps the transition time while the status stays, whatever else changes', () => {
    const next = { type: 'Ready', status: 'True', observedGeneration: 2, reason: 'Validated', message: 'checked' } as const;
    expect(withCondition([ready], next, NOW)).toEqual([{ ...next, lastTransitionTime: EARLIER }]);
  });

  it('moves the transition time with the status', () => {
    const next = { type: 'Ready', status: 'False', reason: 'AccessDenied', message: 'no' } as const;
    expect(withCondition([ready], next, NOW)).toEqual([{ ...next, lastTransitionTime: NOW }]);
  });

  it('leaves conditions of other types and the given list alone', () => {
    const before = Object.freeze([foreign, ready]);
    const after = withCondition(before, { ...ready, status: 'Unknown' }, NOW);
    expect(after).toEqual([foreign, expect.objectContaining({ type: 'Ready', status: 'Unknown' })]);
    expect(before).toEqual([foreign, ready]);
  });
});

describe('a condition in a list', () => {
  it('keeps its place, so that a round that sets only some of them changes no order', () => {
    const { lastTransitionTime: _, ...next } = ready;
    expect(withCondition([ready, foreign], next, NOW)).toEqual([ready, foreign]);
  });
});

describe('findCondition', () => {
  it('finds by type', () => {
    expect(findCondition([foreign, ready], 'Ready')).toBe(ready);
    expect(findCondition([foreign], 'Ready')).toBeUndefined();
    expect(findCondition(undefined, 'Ready')).toBeUndefined();
  });
});
