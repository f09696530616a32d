// Medians of a few repetitions, with the least and the greatest beside them: that is the noise of the machine.

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** Throws for no values: a figure that was never measured must not look like one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, greatest] = [sorted.at(0), sorted.at(-1)];
  if (least === undefined || greatest === undefined) throw new RangeError('no values');
  const [below, above] = [sorted[(sorted.length - 1) >> 1] ?? least, sorted[sorted.length >> 1] ?? greatest];
  return { median: (below + above) / 2, least, greatest };
}

/** `7.1 (6.8–7.9)`, or `7.1` where every repetition gave the same. */
export function show({ median, least, greatest }: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  if (text(least) === text(greatest)) return text(median);
  return `${text(median)} (${text(least)}–${text(greatest)})`;
}
