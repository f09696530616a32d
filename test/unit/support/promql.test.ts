// The evaluator of the alerts' expressions, compared with the documentation of Prometheus.
import { describe, expect, it } from '@jest/globals';
import { evaluate, fires } from '../../support/promql/evaluate.ts';
import { parse } from '../../support/promql/parse.ts';
import { SeriesStore } from '../../support/promql/series.ts';

const MINUTE = 60_000;

/** One target, scraped each minute from 0 on; undefined: it did not answer. */
function storeOf(...scrapes: readonly (string | undefined)[]): SeriesStore {
  const store = new SeriesStore();
  for (const [minute, text] of scrapes.entries()) store.scraped({ job: 'j', instance: 'a' }, minute * MINUTE, text);
  return store;
}

function valuesOf(source: string, store: SeriesStore, minute: number): readonly (readonly [string, number])[] {
  const value = evaluate(parse(source), store, minute * MINUTE);
  if (typeof value === 'number') throw new TypeError('a number');
  return value.map((sample) => {
    const { __name__: _name, job: _job, instance: _instance, ...labels } = sample.labels;
    return [JSON.stringify(labels), sample.value];
  });
}

describe('instant selectors', () => {
  const store = storeOf('x{a="1",b="say \\"hi\\""} 5\nx{a="2"} 7\ny 1\n', undefined);

  it('take the latest sample of five minutes, by all four matchers', () => {
    expect(valuesOf('x', store, 1)).toHaveLength(2);
    expect(valuesOf('x{a="1"}', store, 1)).toEqual([['{"a":"1","b":"say \\"hi\\""}', 5]]);
    expect(valuesOf('x{a!="1",job="j"}', store, 1)).toEqual([['{"a":"2"}', 7]]);
    expect(valuesOf('x{a=~"1|3"}', store, 1)).toHaveLength(1);
    expect(valuesOf('x{a!~"1|2"}', store, 1)).toEqual([]);
    expect(valuesOf('x{b=""}', store, 1)).toEqual([['{"a":"2"}', 7]]);
    expect(valuesOf('x', store, 5)).toEqual([]);
  });

  it('know which targets answer, and name exposed labels anew that the target has', () => {
    expect(valuesOf('up', store, 0)).toEqual([['{}', 1]]);
    expect(valuesOf('up', store, 1)).toEqual([['{}', 0]]);
    expect(valuesOf('z{exported_job="own"}', storeOf('z{job="own"} 1'), 0)).toEqual([['{"exported_job":"own"}', 1]]);
  });
});

describe('operators', () => {
  const store = storeOf('x{a="1",c="p"} 5\nx{a="1",c="q"} 7\nx{a="2"} 1\ny{a="1"} 24\n');

  it('aggregate, compare and divide', () => {
    expect(valuesOf('sum(x)', store, 0)).toEqual([['{}', 13]]);
    expect(valuesOf('sum by (a) (x)', store, 0)).toEqual([
      ['{"a":"1"}', 12],
      ['{"a":"2"}', 1],
    ]);
    expect(valuesOf('max by (a) (x) > 5', store, 0)).toEqual([['{"a":"1"}', 7]]);
    expect(valuesOf('sum(nothing) == 0', store, 0)).toEqual([]);
    expect(valuesOf('sum by (a) (y) / sum by (a) (x) > 0.5', store, 0)).toEqual([['{"a":"1"}', 2]]);
  });

  it('add with "or" what the left side does not have', () => {
    expect(valuesOf('sum by (a) (x{a="1"}) or sum by (a) (x)', store, 0)).toEqual([
      ['{"a":"1"}', 12],
      ['{"a":"2"}', 1],
    ]);
    expect(valuesOf('absent(up == 1)', store, 0)).toEqual([]);
    expect(valuesOf('absent(up == 1)', storeOf(undefined), 0)).toEqual([['{}', 1]]);
  });
});

describe('rates', () => {
  it('grow with the counter, count on after a reset, and reach to the ends of the range', () => {
    const steady = storeOf(...Array.from({ length: 11 }, (_, minute) => `c ${100 + minute * 6}`));
    expect(valuesOf('increase(c[5m])', steady, 10)).toEqual([['{}', 30]]);
    expect(valuesOf('rate(c[5m])', steady, 10)).toEqual([['{}', 0.1]]);
    const [[, afterReset] = ['', 0]] = valuesOf('increase(c[5m])', storeOf('c 50', 'c 60', 'c 2', 'c 4', 'c 4'), 4);
    // 14 in four minutes, which reach to the beginning of the five.
    expect(afterReset).toBeCloseTo(17.5, 5);
  });

  it('need two samples, and are zero where nothing grows', () => {
    expect(valuesOf('increase(c[5m])', storeOf('c 5'), 0)).toEqual([]);
    expect(valuesOf('increase(c[5m])', storeOf('c 5', 'c 5'), 1)).toEqual([['{}', 0]]);
  });

  it('give quantiles of histograms', () => {
    const buckets = (low: number, high: number): string => `h_bucket{le="1"} ${low}\nh_bucket{le="3"} ${high}\nh_bucket{le="+Inf"} ${high}`;
    const store = storeOf(buckets(0, 0), buckets(50, 100));
    const [[, median] = ['', 0]] = valuesOf('histogram_quantile(0.75, sum by (le) (rate(h_bucket[5m])))', store, 1);
    expect(median).toBeCloseTo(2, 5);
  });
});

describe('fires', () => {
  it('only when the expression gives something all the time', () => {
    const store = storeOf('x 0', 'x 1', 'x 1', 'x 1', 'x 1');
    expect(fires('x > 0', '3m', store, 4 * MINUTE)).toBe(true);
    expect(fires('x > 0', '4m', store, 4 * MINUTE)).toBe(false);
    expect(fires('x > 0', '0m', store, 0)).toBe(false);
  });
});

it.each(['x{a=1}', 'sum(x', 'topk(3, x) x', 'x > "1"', 'avg_over_time(x[5m])', 'x[5m] offset 1d', 'x % 2'])('refuses %s', (source) => {
  expect(() => evaluate(parse(source), storeOf('x 1'), 0)).toThrow(SyntaxError);
});
