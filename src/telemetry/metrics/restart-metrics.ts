/** Metrics of the restarts of workloads. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** Called at each scrape. */
export interface RestartProbe {
  /** Workloads by the phase of their worst source, and its reason: a name of the catalogue, or '' if the phase says all. */
  readonly phases: () => Iterable<{ readonly phase: string; readonly reason: string; readonly count: number }>;
  /** Milliseconds since the epoch: since when the workload that has waited longest is to read newer content. Undefined: none waits. */
  readonly oldestWaiting: () => number | undefined;
  /** Secrets and ConfigMaps of others that are followed. Undefined: none can be. */
  readonly followed: () => number | undefined;
  /** Whether the ledger was read, which comes before the first restart. Undefined: this process does not lead, or restarts nothing. */
  readonly ledgerLoaded: () => boolean | undefined;
}

export interface RestartMetrics {
  /**
   * restarted: the pod template was patched. failed: the API server refused the patch. blocked: pods of before stay, because somebody asked for it or the restart is
   * not allowed. unhealthy: the rollout failed. `cause`: the kind of the changed source, or a restart by hand.
   */
  readonly restarted: (
    kind: string,
    result: 'restarted' | 'blocked' | 'failed' | 'unhealthy',
    cause: 'Secret' | 'ConfigMap' | 'Manual',
  ) => void;
  /** Whether Stakater Reloader renews its Lease. */
  readonly reloaderActive: (isActive: boolean) => void;
  readonly healthy: (kind: string) => void;
  /** All consumers of a source are healthy, so many seconds after it changed. */
  readonly allHealthy: (seconds: number) => void;
}

/** From seconds to a day: windows and waves take hours. */
const SECONDS = [5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400];

export function createRestartMetrics(registry: Registry, probe: RestartProbe, now: () => number = Date.now): RestartMetrics {
  const { counter, gauge, histogram } = instrumentsOf(registry);
  const restarts = counter('keytender_restarts_total', 'Restarts of workloads by kind, result and cause.', ['kind', 'result', 'cause']);
  const healthy = counter('keytender_rollouts_healthy_total', 'Rollouts after a restart that became healthy, by kind.', ['kind']);
  const duration = histogram(
    'keytender_restart_duration_seconds',
    'Seconds from the change of a source until all of its consumers are healthy with it.',
    [],
    SECONDS,
  );
  const workloads = 'Workloads that are restarted for changes of a source, by phase and its reason.';
  gauge('keytender_restart_workloads', workloads, ['phase', 'reason'], (made) => {
    made.reset();
    for (const { phase, reason, count } of probe.phases()) made.inc({ phase, reason }, count);
  });
  gauge(
    'keytender_restart_oldest_waiting_seconds',
    'Seconds for which a workload has been to read newer content; 0: none is.',
    [],
    (made) => {
      const oldest = probe.oldestWaiting();
      made.set(oldest === undefined ? 0 : Math.max(0, now() - oldest) / 1_000);
    },
  );
  const reloaderActive = reloaderGauges(registry, probe);
  const ledger = 'Whether the leader has read the ledger of restarts; 0: it restarts no workload. Absent on other replicas.';
  gauge('keytender_restart_ledger_loaded', ledger, [], (made) => {
    const isLoaded = probe.ledgerLoaded();
    if (isLoaded === undefined) made.remove();
    else made.set(isLoaded ? 1 : 0);
  });
  return {
    reloaderActive,
    restarted: (kind, result, cause) => restarts.inc({ kind, result, cause }),
    healthy: (kind) => healthy.inc({ kind }),
    allHealthy: (seconds) => duration.observe(seconds),
  };
}

function reloaderGauges(registry: Registry, { followed }: RestartProbe): RestartMetrics['reloaderActive'] {
  const { gauge } = instrumentsOf(registry);
  const sources = 'Secrets and ConfigMaps of others that are followed for annotations of Stakater Reloader.';
  gauge('keytender_followed_sources', sources, [], (made) => made.set(followed() ?? 0));
  const active = gauge('keytender_reloader_active', '1 while Stakater Reloader renews its Lease: then both restart workloads.', []);
  return (isActive) => active.set(isActive ? 1 : 0);
}
