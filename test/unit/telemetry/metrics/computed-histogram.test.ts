// The computed histogram has the same output as prom-client's own.
import { describe, expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { registerComputedHistogram } from '../../../../src/telemetry/metrics/computed-histogram.ts';

const buckets = [1, 5, 10];

describe('a computed histogram', () => {
  it.each([[[]], [[0, 1, 1.5, 5, 10, 10.1, 99]]])('of %p is what prom-client makes of it', async (observations: readonly number[]) => {
    const [computed, own] = [new Registry(), new Registry()];
    registerComputedHistogram(computed, { name: 'h', help: 'Help.', buckets, observations: async () => observations });
    const histogram: Histogram = new Histogram({ name: 'h', help: 'Help.', buckets, registers: [own] });
    for (const observation of observations) histogram.observe(observation);
    if (observations.length === 0) histogram.zero({});
    expect(await computed.metrics()).toBe(await own.metrics());
  });
});
