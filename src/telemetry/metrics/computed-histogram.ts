/**
 * A histogram that is computed as a whole at each scrape. The histogram of prom-client needs one call with labels for each observation. For
 * 10,000 observations these calls take most of the time of a scrape.
 */
import type { Metric, MetricValueWithName, Registry } from 'prom-client';

export interface ComputedHistogram {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
  readonly observations: () => Promise<Iterable<number>>;
}

/** Registers the histogram. Without observations all buckets are 0. */
export function registerComputedHistogram(registry: Registry, { name, help, buckets, observations }: ComputedHistogram): void {
  const get = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: valuesOf(name, buckets, await observations()) });
  registry.registerMetric({ name, help, labelNames: [], get, reset: () => undefined } as unknown as Metric);
}

function valuesOf(name: string, buckets: readonly number[], observations: Iterable<number>): MetricValueWithName<string>[] {
  // One more bucket than there are bounds, for larger values.
  const counts = Array.from({ length: buckets.length + 1 }, () => 0);
  let sum = 0;
  let count = 0;
  for (const seconds of observations) {
    const found = buckets.findIndex((bound) => seconds <= bound);
    const index = found === -1 ? buckets.length : found;
    counts[index] = (counts[index] ?? 0) + 1;
    sum += seconds;
    count += 1;
  }
  let below = 0;
  const cumulative = buckets.map((bound, index): MetricValueWithName<string> => {
    below += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le: bound }, value: below };
  });
  const rest: readonly MetricValueWithName<string>[] = [
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
  return [...cumulative, ...rest];
}
