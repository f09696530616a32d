// Jest's globalSetup: starts the shared control plane when the run includes cluster tests.
import { publishSharedControlPlane } from './shared.ts';
import { sharedControlPlane } from './jest-global-state.ts';

/** The part of Jest's GlobalConfig that decides. */
interface JestRun {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

export default async function setUp(run: JestRun): Promise<void> {
  if (includesClusterTests(run.testPathPatterns.patterns, process.env)) sharedControlPlane.current = await publishSharedControlPlane();
}

/** KEYTENDER_CLUSTER_TESTS=1 or 0 decides; without it a run without patterns, or with one that names the folder, includes them. */
export function includesClusterTests(patterns: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const wanted = env['KEYTENDER_CLUSTER_TESTS'];
  if (wanted === '1' || wanted === '0') return wanted === '1';
  return patterns.length === 0 || patterns.some((pattern) => pattern.includes('cluster'));
}
