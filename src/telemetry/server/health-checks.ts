/** Named health checks and their report, in the form of kube-apiserver's /livez and /readyz (https://kubernetes.io/docs/reference/using-api/health-checks/). */

/**
 * Returns undefined if healthy, or the problem as one line for people, without names of tenants' objects. A note is shown with ?verbose and
 * does not fail the check. A check must return at once.
 */
export type HealthCheck = () => string | { readonly note: string } | undefined;

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

export interface HealthReport {
  readonly healthy: boolean;
  /** The body of the response. */
  readonly text: string;
}

/** Runs the checks in the order of their names. The text is 'ok'; it has one line for each check if a check fails or `verbose` is true. */
export function reportHealth(
  endpoint: string,
  checks: HealthChecks,
  query: { verbose: boolean; exclude: ReadonlySet<string> },
): HealthReport {
  const names = ['ping', ...Object.keys(checks)].sort();
  const results = names.map((name) => ({
    name,
    excluded: query.exclude.has(name),
    found: query.exclude.has(name) ? undefined : run(checks, name),
  }));
  const healthy = results.every(({ found }) => typeof found !== 'string');
  if (healthy && !query.verbose) return { healthy, text: 'ok' };
  const lines = results.map(({ name, excluded, found }) => {
    if (excluded) return `[+]${name} excluded: ok`;
    if (typeof found === 'string') return `[-]${name} failed: ${found}`;
    return found === undefined ? `[+]${name} ok` : `[+]${name} ok: ${found.note}`;
  });
  const unknown = [...query.exclude].filter((name) => !names.includes(name)).map((name) => JSON.stringify(name));
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}`);
  lines.push(`${endpoint} check ${healthy ? 'passed' : 'failed'}`);
  return { healthy, text: lines.join('\n') };
}

/** A check that throws has a defect; it counts as failed. */
function run(checks: HealthChecks, name: string): ReturnType<HealthCheck> {
  try {
    return Object.hasOwn(checks, name) ? checks[name]?.() : undefined;
  } catch {
    return 'the check itself failed';
  }
}
