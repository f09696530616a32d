import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { durationText } from '../../../../src/api/schema/schema-parts.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { formatDuration, parseDuration } from '../../../../src/base/time/duration.ts';

/** The model: nanoseconds per unit, summed exactly. */
const NANOSECONDS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
} as const;
type Unit = keyof typeof NANOSECONDS;

const units = fc.constantFrom(...(Object.keys(NANOSECONDS) as Unit[]));
const parts = fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), units), { minLength: 1, maxLength: 6 });

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['1s1s', 2_000],
    ['8760h', 31_536_000_000],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '1',
    '00',
    '-5m',
    '+5m',
    '5 m',
    '5m ',
    '5d',
    '1w',
    '1H',
    '.5s',
    '1.s',
    '5m\n',
    '1e3s',
    '٣s',
    'h',
    `${'9'.repeat(400)}h`,
    '1h'.repeat(100),
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('agrees with an exact sum in nanoseconds', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const text = list.map(([amount, unit]) => `${amount}${unit}`).join('');
        const exact = list.reduce((sum, [amount, unit]) => sum + BigInt(amount) * NANOSECONDS[unit], 0n);
        const expected = Number(exact) / 1e6;
        expect(Math.abs((parseDuration(text) ?? Number.NaN) - expected)).toBeLessThanOrEqual(expected * 1e-12);
      }),
    );
  });

  it('never throws, and accepts nothing that the schema refuses', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,6}(ns|us|µs|ms|s|m|h|d){0,3}[0-9]{0,3}[smh]?$/));
    fc.assert(
      fc.property(text, (candidate) => {
        const duration = parseDuration(candidate);
        if (duration === undefined || candidate.length > 32) return;
        expect(durationText.safeParse(candidate).success).toBe(true);
        expect(duration).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [5_400_500, '1h30m1s'],
    [90_000_000, '25h'],
  ])('writes %d ms as %s', (duration, expected) => {
    expect(formatDuration(ms(duration))).toBe(expected);
  });

  it('is read back as the same duration, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (duration) => {
        const expected = duration < 1_000 ? duration : Math.round(duration / 1_000) * 1_000;
        expect(parseDuration(formatDuration(ms(duration)))).toBe(expected);
      }),
    );
  });
});
