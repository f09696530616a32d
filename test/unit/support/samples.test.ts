import { describe, expect, it } from '@jest/globals';
import { sampleOf, totalOf } from '../../support/operator/samples.ts';

const TEXT = `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{operation="Get",result="ok"} 3
calls_total{operation="List",result="ok"} 4
# HELP none_total Nothing yet.
# TYPE none_total counter
# HELP depth Depth.
# TYPE depth gauge
depth 7
# HELP lag_seconds Lag.
# TYPE lag_seconds histogram
lag_seconds_bucket{le="1"} 2
lag_seconds_count 2
`;

describe('samples of metrics', () => {
  it('have their value, and 0 where none was set yet', () => {
    expect(sampleOf(TEXT, 'calls_total{operation="Get",result="ok"}')).toBe(3);
    expect(sampleOf(TEXT, 'calls_total{operation="Put",result="ok"}')).toBe(0);
    expect(sampleOf(TEXT, 'none_total{operation="Put"}')).toBe(0);
    expect(sampleOf(TEXT, 'depth')).toBe(7);
    expect(sampleOf(TEXT, 'lag_seconds_count')).toBe(2);
    expect([totalOf(TEXT, 'calls_total'), totalOf(TEXT, 'none_total')]).toEqual([7, 0]);
  });

  it.each(['call_total{operation="Get",result="ok"}', 'calls_total{operation="Get"}', 'calls_total', 'depth{name="x"}', 'lag_count'])(
    '%s is no sample of a metric that exists',
    (sample) => expect(() => sampleOf(TEXT, sample)).toThrow(/no metric|has the labels/),
  );

  it('have no total without their metric', () => expect(() => totalOf(TEXT, 'call_total')).toThrow('there is no metric call_total'));
});
