// Coverage of the operator in a separate process: V8 writes it at a normal exit (a killed process writes none).

/** The folder for it, set by run-tests.ts when the whole suite runs. */
export const CHILD_COVERAGE_VARIABLE = 'KEYTENDER_CHILD_COVERAGE';

/**
 * To be spread into the environment of a spawned `node src/main.ts`; empty when nobody measures. Not set for Jest itself, whose own measurement it
 * would double.
 */
export function childCoverageEnvironment(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const folder = env[CHILD_COVERAGE_VARIABLE];
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder };
}
