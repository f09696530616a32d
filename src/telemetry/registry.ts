/** The registry of all metrics: made once by the app and handed to each group of metrics; nothing uses prom-client's global one. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** With the metrics of the process itself (CPU, memory, event loop, garbage collection) and the version of Keytender. */
export function createRegistry(version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const help = 'Version of Keytender and of Node; always 1.';
  new Gauge({ name: 'keytender_build_info', help, labelNames: ['version', 'node'], registers: [registry] }).set(
    { version, node: process.versions.node },
    1,
  );
  return registry;
}
