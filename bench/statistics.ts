// Figures of a few repetitions, and of many events.

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** Throws for no values: a figure that was never measured must not look like one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, greatest] = [sorted.at(0), sorted.at(-1)];
  if (least === undefined || greatest === undefined) throw new RangeError('no values');
  const [below, above] = [sorted[(sorted.length - 1) >> 1] ?? least, sorted[sorted.length >> 1] ?? greatest];
  return { median: (below + above) / 2, least, greatest };
}

/** `7.1 (6.8–7.9)`, or `7.1` where every repetition gave the same: what lies between is the noise of the machine. */
export function show({ median, least, greatest }: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  if (text(least) === text(greatest)) return text(median);
  return `${text(median)} (${text(least)}–${text(greatest)})`;
}

export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** NaN where there is nothing. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
