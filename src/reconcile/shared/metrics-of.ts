/** The metrics of results for the controllers of one dialect: kinds have the suffix of the dialect, since two dialects have kinds of equal names. */
import type { Dialect } from '../../api/dialect.ts';
import type { SyncMetrics } from '../../telemetry/metrics/sync-metrics.ts';

export function metricsOf(metrics: SyncMetrics, { metricSuffix }: Pick<Dialect, 'metricSuffix'>): SyncMetrics {
  if (metricSuffix === '') return metrics;
  return { ...metrics, synced: (kind, reason) => metrics.synced(`${kind}${metricSuffix}`, reason) };
}
