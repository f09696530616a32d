/**
 * The registry of all metrics. The app makes it once and passes it to each group of metrics; the global registry of prom-client is not
 * used.
 */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Excluded: prom-client resets these at each scrape, so a second scraper misses values. */
const RESET_BY_SCRAPES = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map((figure) => `nodejs_eventloop_lag_${figure}_seconds`);
/** Sampling interval in milliseconds for the excluded metrics. */
const SELDOM = 60_000;

/** A registry with the metrics of the process itself (CPU, memory, event loop, garbage collection) and the version of Keytender. */
export function createRegistry(version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: SELDOM });
  for (const name of RESET_BY_SCRAPES) registry.removeSingleMetric(name);
  const help = 'Version of Keytender and of Node; always 1.';
  new Gauge({ name: 'keytender_build_info', help, labelNames: ['version', 'node'], registers: [registry] }).set(
    { version, node: process.versions.node },
    1,
  );
  return registry;
}
