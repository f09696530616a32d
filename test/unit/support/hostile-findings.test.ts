import { describe, expect, it } from '@jest/globals';
import { breaches, describeFindings, type Findings, limits } from '../../support/hostile/findings.ts';

const calm: Findings = {
  phase: 'planted',
  turnsMs: [limits.turnMs],
  livezMs: limits.livezMs,
  noiseMs: 0,
  unanswered: 0,
  peakMiB: limits.peakMiB,
  newcomersMs: [100, 100 + limits.delayMs],
  quietMs: 100,
  shownMs: 3_000,
  rotationsMs: [10, limits.staleMs],
  leaseKept: true,
  running: true,
};

describe('the findings about a hostile input', () => {
  it('are no breach while each figure is at its bound', () => {
    expect(breaches(calm)).toEqual([]);
  });

  it.each<[string, Partial<Findings>]>([
    ['planted: one turn of the event loop took 51 ms', { turnsMs: [limits.turnMs + 1, 3] }],
    ['planted: /livez took 101 ms', { livezMs: limits.livezMs + 1 }],
    ['planted: 1 calls of /livez had no answer', { unanswered: 1 }],
    ['planted: another tenant waited 2101 ms', { newcomersMs: [100, 100 + limits.delayMs + 1, 5] }],
    ['planted: a rotated value of another tenant arrived after 10001 ms', { rotationsMs: [limits.staleMs + 1] }],
    ['planted: 385 MiB of memory were used', { peakMiB: limits.peakMiB + 1 }],
    ['planted: the lease was lost', { leaseKept: false }],
    ['planted: the operator has ended', { running: false }],
  ])('are a breach: %s', (breach, found) => {
    expect(breaches({ ...calm, ...found })).toEqual([breach]);
  });

  it('leave out what the machine itself delayed', () => {
    expect(breaches({ ...calm, livezMs: limits.livezMs + 40, noiseMs: 40 })).toEqual([]);
  });

  it('fit on a line', () => {
    expect(describeFindings('an input', calm)).toBe(
      'hostile: an input | planted | longest turn 50 ms | /livez 100 ms (noise 0) | peak 384 MiB | other tenant 2100 ms (quiet 100; shown by the API server after 3000) | rotated value 10000 ms',
    );
  });
});
