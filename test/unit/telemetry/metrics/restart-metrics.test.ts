import { describe, expect, it } from '@jest/globals';
import { createRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { createRestartMetrics, type RestartProbe } from '../../../../src/telemetry/metrics/restart-metrics.ts';

function scene(probe: Partial<RestartProbe> = {}) {
  const registry = createRegistry('test');
  const nothing: RestartProbe = {
    phases: () => [],
    oldestWaiting: () => undefined,
    ledgerLoaded: () => undefined,
    followed: () => undefined,
    ...probe,
  };
  const metrics = createRestartMetrics(registry, nothing, () => 10_000);
  const lines = async () => (await registry.metrics()).split('\n');
  return { metrics, lines };
}

describe('the metrics of restarts', () => {
  it('show the sources that are followed for annotations of Reloader, and whether Reloader is active', async () => {
    const { metrics, lines } = scene({ followed: () => 7 });
    expect(await lines()).toEqual(expect.arrayContaining(['keytender_followed_sources 7', 'keytender_reloader_active 0']));
    metrics.reloaderActive(true);
    expect(await lines()).toContain('keytender_reloader_active 1');
    expect(await scene().lines()).toContain('keytender_followed_sources 0');
  });

  it('count restarts by kind, result and cause, and rollouts that became healthy', async () => {
    const { metrics, lines } = scene();
    metrics.restarted('Deployment', 'restarted', 'Secret');
    metrics.restarted('Deployment', 'failed', 'Manual');
    metrics.healthy('StatefulSet');
    metrics.allHealthy(61);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'keytender_restarts_total{kind="Deployment",result="restarted",cause="Secret"} 1',
        'keytender_restarts_total{kind="Deployment",result="failed",cause="Manual"} 1',
        'keytender_rollouts_healthy_total{kind="StatefulSet"} 1',
        'keytender_restart_duration_seconds_bucket{le="60"} 0',
        'keytender_restart_duration_seconds_bucket{le="120"} 1',
      ]),
    );
  });

  it('show the state at the scrape: phases by reason, the longest wait, the ledger', async () => {
    const state: { phases: { phase: string; reason: string; count: number }[]; oldest: number | undefined; loaded: boolean | undefined } = {
      phases: [{ phase: 'Pending', reason: 'AwaitingWindow', count: 2 }],
      oldest: 4_000,
      loaded: true,
    };
    const { lines } = scene({ phases: () => state.phases, oldestWaiting: () => state.oldest, ledgerLoaded: () => state.loaded });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'keytender_restart_workloads{phase="Pending",reason="AwaitingWindow"} 2',
        'keytender_restart_oldest_waiting_seconds 6',
        'keytender_restart_ledger_loaded 1',
      ]),
    );
    Object.assign(state, { phases: [], oldest: undefined, loaded: false });
    const later = await lines();
    expect(later).toEqual(expect.arrayContaining(['keytender_restart_oldest_waiting_seconds 0', 'keytender_restart_ledger_loaded 0']));
    expect(later.join()).not.toContain('AwaitingWindow');
  });
});
