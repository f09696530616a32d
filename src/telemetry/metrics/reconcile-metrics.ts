/** Metrics of controllers with the names of controller-runtime (pkg/internal/controller/metrics), so that existing dashboards work. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** The result of one reconcile, in the terms of controller-runtime. */
export type ReconcileResult = 'success' | 'requeue_after' | 'error';

export interface ReconcileMetrics {
  started(): void;
  /** `panicked`: the reconcile threw, which is a defect. It also counts as an error. */
  ended(result: ReconcileResult, seconds: number, panicked: boolean): void;
}

export interface ReconcileMetricsFactory {
  /** `controller` comes from the code, never from the cluster. */
  forController(controller: string, concurrency: number): ReconcileMetrics;
}

const RESULTS: readonly ReconcileResult[] = ['success', 'requeue_after', 'error'];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createReconcileMetrics(registry: Registry): ReconcileMetricsFactory {
  const { counter, gauge, histogram } = instrumentsOf(registry);
  const label = ['controller'] as const;
  const total = counter('controller_runtime_reconcile_total', 'Total number of reconciliations per controller.', ['controller', 'result']);
  const time = histogram('controller_runtime_reconcile_time_seconds', 'Length of time per reconciliation per controller.', label, SECONDS);
  const active = gauge('controller_runtime_active_workers', 'Number of currently used workers per controller.', label);
  const maximum = gauge('controller_runtime_max_concurrent_reconciles', 'Maximum number of concurrent reconciles per controller.', label);
  const panics = counter('controller_runtime_reconcile_panics_total', 'Total number of reconcile panics per controller.', label);
  return {
    forController(controller, concurrency) {
      const labels = { controller };
      maximum.set(labels, concurrency);
      active.set(labels, 0);
      panics.inc(labels, 0);
      for (const result of RESULTS) total.inc({ controller, result }, 0);
      return {
        started: () => active.inc(labels),
        ended(result, seconds, panicked) {
          active.dec(labels);
          total.inc({ controller, result });
          time.observe(labels, seconds);
          if (panicked) panics.inc(labels);
        },
      };
    },
  };
}
