/** The logger and all metrics of the process. */
import { leaseNameOf } from '../api/installation.ts';
import type { Config } from '../config.ts';
import { CostMeter } from '../aws/cost/cost-meter.ts';
import { identityLabel } from '../aws/credentials/identity-label.ts';
import type { CallObserver } from '../aws/call/observed-call.ts';
import type { Bounds } from '../aws/cost/prices.ts';
import { systemClock as clock } from '../base/time/clock.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';
import { createAwsMetrics } from '../telemetry/metrics/aws-metrics.ts';
import { createUnlistedMetrics } from '../telemetry/metrics/unlisted-metrics.ts';
import type { EventLoopDelay } from '../telemetry/event-loop-delay.ts';
import { measureEventLoop } from '../telemetry/metrics/event-loop-metrics.ts';
import { createKubeMetrics, type KubeMetrics } from '../telemetry/metrics/kube-metrics.ts';
import { createKeptMetrics, type KeptFigures } from '../telemetry/metrics/kept-metrics.ts';
import { createLeaderMetrics, type LeaderMetrics } from '../telemetry/metrics/leader-metrics.ts';
import { createLogger, type Logger } from '../telemetry/log/logger.ts';
import { createQueueMetrics, type QueueMetricsFactory } from '../telemetry/metrics/queue-metrics.ts';
import { createReconcileMetrics, type ReconcileMetricsFactory } from '../telemetry/metrics/reconcile-metrics.ts';
import { createRegistry } from '../telemetry/metrics/registry.ts';
import { createRestartMetrics, type RestartMetrics, type RestartProbe } from '../telemetry/metrics/restart-metrics.ts';
import { createSourceMetrics, type SourceCounts } from '../telemetry/metrics/source-metrics.ts';
import { createSyncMetrics, type SyncMetrics, type SyncProbe } from '../telemetry/metrics/sync-metrics.ts';
import type { Registry } from 'prom-client';
import { version } from '../version.ts';
import type { UnlistedKind } from '../view/listed-kinds.ts';
import { Ages } from '../view/freshness/ages.ts';
import type { SyncRows } from '../view/freshness/sync-rows.ts';
import type { FreshnessEngine } from '../view/freshness/freshness.ts';

/** Figures that metrics read from other parts at a scrape. */
export interface MetricProbes {
  readonly sync: SyncProbe;
  /** Undefined while this process does not lead. */
  readonly source: () => SourceCounts | undefined;
  readonly unlisted: () => readonly UnlistedKind[];
  readonly kept: () => readonly KeptFigures[];
  readonly restarts: RestartProbe;
}

export interface Telemetry {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly kube: KubeMetrics;
  /** Records a finished call to AWS in the metrics and in the cost meter. */
  readonly observeAws: CallObserver;
  readonly costs: CostMeter;
  readonly queue: QueueMetricsFactory;
  readonly reconcile: ReconcileMetricsFactory;
  readonly sync: SyncMetrics;
  readonly restarts: RestartMetrics;
  readonly leader: LeaderMetrics;
  /** Measures until it is disposed. */
  readonly eventLoop: EventLoopDelay;
}

/** `shard`: the shard of this process, if the installation has shards. */
export function createTelemetry(config: Config, probes: MetricProbes, shard?: string): Telemetry {
  const registry = createRegistry(version);
  const costs = new CostMeter(clock);
  const aws = createAwsMetrics(registry, { estimates: () => estimatesOf(costs) });
  createSourceMetrics(registry, probes.source);
  createUnlistedMetrics(registry, probes.unlisted);
  createKeptMetrics(registry, probes.kept);
  return {
    logger: createLogger({ level: config.logLevel, format: config.logFormat }),
    registry,
    kube: createKubeMetrics(registry),
    costs,
    observeAws: (call) => {
      costs.record(call);
      aws.observe({ ...call, identity: identityLabel(call.as) });
    },
    queue: createQueueMetrics(registry),
    reconcile: createReconcileMetrics(registry),
    sync: createSyncMetrics(registry, probes.sync),
    restarts: createRestartMetrics(registry, probes.restarts),
    leader: createLeaderMetrics(registry, leaseNameOf(shard)),
    eventLoop: measureEventLoop(registry, clock),
  };
}

function* estimatesOf(costs: CostMeter): Generator<Bounds & { readonly identity: string; readonly owner: string }> {
  for (const { caller, owner } of costs.callers()) {
    const estimate = costs.estimate(caller);
    if (estimate !== undefined) yield { identity: identityLabel(caller), owner, ...estimate };
  }
}

/** The figures of the metrics about resources. */
export function syncProbe(rows: SyncRows, engine: FreshnessEngine, work: SlicedWork): SyncProbe {
  const ages = new Ages(() => rows.rows(), engine, work);
  return {
    reasons: () => rows.reasons(),
    failingStores: () => rows.failingStores(),
    ages: () => ages.look(),
  };
}
