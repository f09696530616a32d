// Functions of PromQL over the points of a series, like Prometheus (promql/functions.go, promql/quantile.go).
import type { Point, Sample } from './series.ts';
import { identityOf } from './series.ts';

/** By how much a counter grew within (from, to]; extrapolated to its ends. Undefined with less than two points. */
export function increase(points: readonly Point[], from: number, to: number): number | undefined {
  const within = points.filter(({ at }) => at > from && at <= to);
  const [first] = within;
  const last = within.at(-1);
  if (first === undefined || last === undefined || within.length < 2) return undefined;
  let grown = 0;
  for (const [index, { value }] of within.entries()) {
    const before = within[index - 1]?.value ?? value;
    grown += value < before ? value : value - before;
  }
  const sampled = last.at - first.at;
  const average = sampled / (within.length - 1);
  const toStart = first.at - from;
  const toEnd = to - last.at;
  // A counter does not begin below zero.
  const toZero = grown > 0 ? (sampled * first.value) / grown : Number.POSITIVE_INFINITY;
  const start = Math.min(toStart >= average * 1.1 ? average / 2 : toStart, toZero);
  const end = toEnd >= average * 1.1 ? average / 2 : toEnd;
  return grown * ((sampled + start + end) / sampled);
}

/** From samples with the label `le`; one for each set of other labels. */
export function histogramQuantile(quantile: number, samples: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, { readonly labels: Sample['labels']; readonly buckets: { bound: number; count: number }[] }>();
  for (const { labels, value } of samples) {
    const { le, ...rest } = labels;
    if (le === undefined) continue;
    const group = groups.get(identityOf(rest)) ?? { labels: rest, buckets: [] };
    groups.set(identityOf(rest), group);
    group.buckets.push({ bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count: value });
  }
  return Array.from(groups.values(), ({ labels, buckets }) => ({ labels, value: bucketQuantile(quantile, buckets) }));
}

function bucketQuantile(quantile: number, unsorted: readonly { readonly bound: number; readonly count: number }[]): number {
  const buckets = [...unsorted].sort((left, right) => left.bound - right.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (buckets.length < 2 || total === 0 || buckets.at(-1)?.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const rank = quantile * total;
  const index = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  if (index === -1) return buckets.at(-2)?.bound ?? Number.NaN;
  const [below, bucket] = [buckets[index - 1] ?? { bound: 0, count: 0 }, buckets[index]];
  if (bucket === undefined) return Number.NaN;
  return below.bound + (bucket.bound - below.bound) * ((rank - below.count) / (bucket.count - below.count));
}
