/** Logger, metrics and their servers, as one part. */
import { findCondition } from '../api/conditions.ts';
import { names } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import type { StoreObject } from '../api/secret-store.ts';
import type { Config } from '../config.ts';
import { CostMeter } from '../aws/cost-meter.ts';
import { identityLabel } from '../aws/identity-label.ts';
import type { CallObserver } from '../aws/observed-call.ts';
import type { Bounds } from '../aws/prices.ts';
import { systemClock as clock } from '../base/clock.ts';
import { createAwsMetrics } from '../telemetry/aws-metrics.ts';
import { createCoverageMetrics } from '../telemetry/coverage-metrics.ts';
import type { EventLoopDelay } from '../telemetry/event-loop-delay.ts';
import { measureEventLoop } from '../telemetry/event-loop-metrics.ts';
import { createKubeMetrics, type KubeMetrics } from '../telemetry/kube-metrics.ts';
import { createLeaderMetrics, type LeaderMetrics } from '../telemetry/leader-metrics.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { createQueueMetrics, type QueueMetricsFactory } from '../telemetry/queue-metrics.ts';
import { createReconcileMetrics, type ReconcileMetricsFactory } from '../telemetry/reconcile-metrics.ts';
import { createRegistry } from '../telemetry/registry.ts';
import { createSourceMetrics, type SourceCounts } from '../telemetry/source-metrics.ts';
import { createSyncMetrics, type FailingStore, type SyncMetrics, type SyncProbe } from '../telemetry/sync-metrics.ts';
import type { Registry } from 'prom-client';
import { version } from '../version.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Unread } from './coverage.ts';
import { confirmations, type FreshnessEngine } from './freshness.ts';

/** What metrics ask of the parts that come and go. */
export interface Probes {
  readonly sync: SyncProbe;
  /** Undefined while this process does not lead. */
  readonly source: () => SourceCounts | undefined;
  readonly unread: () => readonly Unread[];
}

export interface Telemetry {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly kube: KubeMetrics;
  /** Takes note of a finished call to AWS, for metrics and for what it costs. */
  readonly observeAws: CallObserver;
  readonly costs: CostMeter;
  readonly queue: QueueMetricsFactory;
  readonly reconcile: ReconcileMetricsFactory;
  readonly sync: SyncMetrics;
  readonly leader: LeaderMetrics;
  /** Measures until it is disposed of. */
  readonly eventLoop: EventLoopDelay;
}

export function createTelemetry(config: Config, probes: Probes): Telemetry {
  const registry = createRegistry(version);
  const costs = new CostMeter(clock);
  const aws = createAwsMetrics(registry, { estimates: () => estimatesOf(costs) });
  createSourceMetrics(registry, probes.source);
  createCoverageMetrics(registry, probes.unread);
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
    leader: createLeaderMetrics(registry, names.leaseName),
    eventLoop: measureEventLoop(registry, clock),
  };
}

function* estimatesOf(costs: CostMeter): Generator<Bounds & { readonly identity: string }> {
  for (const caller of costs.callers()) {
    const estimate = costs.estimate(caller);
    if (estimate !== undefined) yield { identity: identityLabel(caller), ...estimate };
  }
}

/** What the metrics about resources are computed from at each scrape. */
export function syncProbe(view: ClusterView, engine: FreshnessEngine): SyncProbe {
  return {
    *readyReasons() {
      for (const { status } of view.externalSecrets.list()) {
        // Written by this operator or an earlier version of it; the catalogue is append-only.
        yield (findCondition(status?.conditions, 'Ready')?.reason ?? 'Pending') as Reason | 'Pending';
      }
    },
    *failingStores() {
      yield* failingOf(names.kinds.secretStore.kind, view.secretStores.list());
      yield* failingOf(names.kinds.clusterSecretStore.kind, view.clusterSecretStores.list());
    },
    *successAges() {
      const now = Date.now();
      for (const { namespace, name, state, at } of confirmations(view, engine)) {
        const counts = state === 'confirmed' || state === 'failing';
        if (counts && at !== undefined) yield { namespace, name, seconds: Math.max(now - at, 0) / 1_000 };
      }
    },
    unconfirmed() {
      let count = 0;
      for (const { state } of confirmations(view, engine)) if (state === 'unconfirmed') count += 1;
      return count;
    },
  };
}

function* failingOf(kind: string, stores: Iterable<StoreObject>): Generator<FailingStore> {
  for (const { status } of stores) {
    const failing = status?.conditions?.filter((condition) => condition.status === 'False') ?? [];
    for (const { type: condition, reason } of failing) yield { kind, condition, reason };
  }
}
