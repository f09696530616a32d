// Jest's globalSetup: prepares the slow parts before the time of the first test begins, and starts the shared control plane.
import { findHelm } from './binaries.ts';
import { publishSharedControlPlane } from './shared.ts';
import { sharedControlPlane } from './jest-global-state.ts';

/** The part of Jest's GlobalConfig that decides. */
interface JestRun {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

export default async function setUp(run: JestRun): Promise<void> {
  const { patterns } = run.testPathPatterns;
  if (!includesClusterTests(patterns, process.env)) return;
  if (includesChartTests(patterns)) await findHelm();
  sharedControlPlane.current = await publishSharedControlPlane();
}

const CHART_TESTS = 'test/cluster/chart/';

/** A run without patterns, or with one that may mean the folder. */
export function includesChartTests(patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => pattern.includes('chart') || CHART_TESTS.includes(pattern));
}

/** KEYTENDER_CLUSTER_TESTS=1 or 0 decides; without it a run without patterns, or with one that names the folder, includes them. */
export function includesClusterTests(patterns: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const wanted = env['KEYTENDER_CLUSTER_TESTS'];
  if (wanted === '1' || wanted === '0') return wanted === '1';
  return patterns.length === 0 || patterns.some((pattern) => pattern.includes('cluster'));
}
