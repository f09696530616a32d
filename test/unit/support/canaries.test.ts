// The search for leaked values must be able to fail.
import { describe, expect, it } from '@jest/globals';
import { Canaries } from '../../support/operator/canaries.ts';

describe('a planted value', () => {
  it('is unlike any other', () => {
    const canaries = new Canaries();
    expect(canaries.plant('password')).not.toBe(canaries.plant('password'));
  });

  it('is found as it is, by the name of the place', () => {
    const canaries = new Canaries();
    const value = canaries.plant('password');
    expect(canaries.found({ log: `{"msg":"read ${value} from AWS"}`, events: '[]' })).toEqual([`${value} in log`]);
  });

  it.each([0, 1, 2, 3, 4])('is found in base64 behind %d bytes of something else', (before) => {
    const canaries = new Canaries();
    const value = canaries.plant();
    const encoded = Buffer.from(`${'x'.repeat(before)}${value}, and more`).toString('base64');
    expect(canaries.found({ status: `{"data":"${encoded}"}` })).toEqual([`${value} in status`]);
  });

  it('is found in each place that shows it, and each value by itself', () => {
    const canaries = new Canaries();
    const [first, second] = [canaries.plant(), canaries.plant()];
    expect(canaries.found({ log: first, events: `${first} ${second}`, metrics: '' })).toHaveLength(3);
  });

  it('is not found where it is not', () => {
    const canaries = new Canaries();
    canaries.plant();
    expect(canaries.found({ log: 'canary-value-', events: new Canaries().plant() })).toEqual([]);
  });
});
