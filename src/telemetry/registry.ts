/** The registry of all metrics: made once by the app and handed to each group of metrics; nothing uses prom-client's global one. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** prom-client forgets what these are made from at each scrape, so that each of several scrapers misses what another one saw. */
const RESET_BY_SCRAPES = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map((figure) => `nodejs_eventloop_lag_${figure}_seconds`);
/** Milliseconds between samples for the metrics that are left out. */
const SELDOM = 60_000;

/** With the metrics of the process itself (CPU, memory, event loop, garbage collection) and the version of Keytender. */
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
