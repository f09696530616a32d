// How many seconds test files take, by their paths in the repository: what is recorded, and what is assumed of the others.

export type Durations = Readonly<Record<string, number>>;

/** Shorter files are not recorded: their order matters little. */
const LEAST_SECONDS = 5;
/** A file of cluster tests that is not recorded: it may be new. */
const CLUSTER_SECONDS = 20;

export function durationOf(file: string, durations: Durations): number {
  return durations[file] ?? (file.startsWith('test/cluster/') ? CLUSTER_SECONDS : 1);
}

/** The durations after a run of these files. All cluster files are recorded; files that are gone are not. */
export function recorded(
  before: Durations,
  run: readonly (readonly [file: string, seconds: number])[],
  exists: (file: string) => boolean,
): Durations {
  const after = new Map([...Object.entries(before), ...run.map(([file, seconds]) => [file, Math.round(seconds)] as const)]);
  const kept = [...after].filter(([file, seconds]) => exists(file) && (seconds >= LEAST_SECONDS || file.startsWith('test/cluster/')));
  return Object.fromEntries(kept.sort(([left], [right]) => (left < right ? -1 : 1)));
}
