/** Named health checks and their report, in the form of kube-apiserver's /livez and /readyz (https://kubernetes.io/docs/reference/using-api/health-checks/). */

/** Undefined: healthy; else one line for people, without names of tenants' objects. It must answer at once. */
export type HealthCheck = () => string | undefined;

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

export interface HealthReport {
  readonly healthy: boolean;
  /** Names of what was asked to be left out and does not exist. */
  readonly text: string;
}

/** Runs the checks in the order of their names. The text is 'ok', or one line for each check when one fails or `verbose` is asked for. */
export function reportHealth(
  endpoint: string,
  checks: HealthChecks,
  query: { verbose: boolean; exclude: ReadonlySet<string> },
): HealthReport {
  const names = ['ping', ...Object.keys(checks)].sort();
  const results = names.map((name) => ({
    name,
    excluded: query.exclude.has(name),
    problem: query.exclude.has(name) ? undefined : run(checks, name),
  }));
  const healthy = results.every(({ problem }) => problem === undefined);
  if (healthy && !query.verbose) return { healthy, text: 'ok' };
  const lines = results.map(({ name, excluded, problem }) => {
    if (excluded) return `[+]${name} excluded: ok`;
    return problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`;
  });
  const unknown = [...query.exclude].filter((name) => !names.includes(name)).map((name) => JSON.stringify(name));
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}`);
  lines.push(`${endpoint} check ${healthy ? 'passed' : 'failed'}`);
  return { healthy, text: lines.join('\n') };
}

/** A check that throws is a bug in the check, which says nothing good about the process. */
function run(checks: HealthChecks, name: string): string | undefined {
  try {
    return Object.hasOwn(checks, name) ? checks[name]?.() : undefined;
  } catch {
    return 'the check itself failed';
  }
}
