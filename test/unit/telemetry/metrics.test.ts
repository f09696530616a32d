import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { installation } from '../../../src/api/installation.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { createAwsMetrics } from '../../../src/telemetry/metrics/aws-metrics.ts';
import { createKubeMetrics } from '../../../src/telemetry/metrics/kube-metrics.ts';
import { createLeaderMetrics } from '../../../src/telemetry/metrics/leader-metrics.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { createReconcileMetrics } from '../../../src/telemetry/metrics/reconcile-metrics.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { createSourceMetrics, type SourceCounts } from '../../../src/telemetry/metrics/source-metrics.ts';
import { type AgeFigures, createSyncMetrics, type SyncProbe } from '../../../src/telemetry/metrics/sync-metrics.ts';

const idle: SourceCounts = {
  references: 0,
  cachedBytes: 0,
  reconciles: { bytes: 0, waiting: 0 },
  refreshesWaiting: 0,
  batchDenied: 0,
  failing: { identities: 0, services: 0 },
  listed: { references: 0, unchanged: 0 },
  reads: { batch: 0, single: 0 },
  listsAvoided: { denied: 0, tooLong: 0, dearer: 0 },
  valuesRequested: 0,
  valuesRead: 0,
};

async function linesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n');
}

const NOW = Date.UTC(2026, 0, 1);
const aged = (...ages: readonly number[]): AgeFigures => ({
  at: ages.map((seconds) => NOW - seconds * 1_000),
  stalest: ages.map((seconds, index) => ({ namespace: 'ns', name: `es-${index}`, at: NOW - seconds * 1_000 })),
  unconfirmed: 7,
});
const nothing: SyncProbe = { reasons: () => [], failingStores: () => [], ages: async () => ({ at: [], stalest: [], unconfirmed: 0 }) };

describe('metrics', () => {
  it('of all groups fit into one registry, beside those of the process', async () => {
    const registry = createRegistry('1.2.3');
    createQueueMetrics(registry).forQueue('externalsecret', { depth: () => 0, runningSeconds: () => [] });
    createReconcileMetrics(registry).forController('externalsecret', 16);
    createAwsMetrics(registry, { estimates: () => [] });
    createKubeMetrics(registry);
    createSyncMetrics(registry, nothing);
    createLeaderMetrics(registry, installation.leaseName);
    const text = await registry.metrics();
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds', 'workqueue_depth', 'keytender_externalsecrets']) {
      expect(text).toContain(`# TYPE ${name} gauge`);
    }
    expect(text).toContain(`keytender_build_info{version="1.2.3",node="${process.versions.node}"} 1`);
  });

  it('of AWS count calls by result and the repeated requests', async () => {
    const registry = new Registry();
    const { observe } = createAwsMetrics(registry, { estimates: () => [{ identity: '111122223333/read', owner: '', low: 0.5, high: 10 }] });
    const call = { service: 'secretsmanager', operation: 'BatchGetSecretValue', identity: '111122223333/read', owner: '', secrets: 20 };
    observe({ ...call, result: 'ok', seconds: 0.2, attempts: 1 });
    observe({ ...call, result: 'Throttled', seconds: 1.3, attempts: 3 });
    observe({
      service: 'sts',
      operation: 'AssumeRole',
      identity: 'operator-identity',
      owner: '',
      secrets: 0,
      result: 'aborted',
      seconds: 0,
      attempts: 0,
    });
    expect(await linesOf(registry)).toEqual(
      expect.arrayContaining([
        'keytender_aws_api_calls_total{service="secretsmanager",operation="BatchGetSecretValue",identity="111122223333/read",result="ok"} 1',
        'keytender_aws_api_calls_total{service="secretsmanager",operation="BatchGetSecretValue",identity="111122223333/read",result="Throttled"} 1',
        'keytender_aws_values_read_total{service="secretsmanager"} 20',
        'keytender_aws_estimated_monthly_cost_dollars{identity="111122223333/read",bound="low"} 0.5',
        'keytender_aws_estimated_monthly_cost_dollars{identity="111122223333/read",bound="high"} 10',
        'keytender_aws_retries_total{service="secretsmanager",operation="BatchGetSecretValue"} 2',
        'keytender_aws_retries_total{service="sts",operation="AssumeRole"} 0',
        'keytender_aws_api_call_duration_seconds_sum{service="secretsmanager",operation="BatchGetSecretValue"} 1.5',
      ]),
    );
  });

  it('of the API server count requests by status and watches by cause', async () => {
    const registry = new Registry();
    const metrics = createKubeMetrics(registry);
    metrics.requested({ verb: 'patch', type: keytender.kinds.externalSecret, subresource: 'status' }, 200);
    metrics.requested({ verb: 'create', type: builtin.secret }, 409);
    metrics.requested({ verb: 'list', type: builtin.secret }, 0);
    metrics.watchRestarted('Secret', 'expired');
    expect(await linesOf(registry)).toEqual(
      expect.arrayContaining([
        'keytender_kube_requests_total{verb="patch",resource="externalsecrets/status",code="200"} 1',
        'keytender_kube_requests_total{verb="create",resource="secrets",code="409"} 1',
        'keytender_kube_requests_total{verb="list",resource="secrets",code="0"} 1',
        'keytender_watch_restarts_total{kind="Secret",cause="expired"} 1',
      ]),
    );
  });

  it('of syncs count results and writes', async () => {
    const registry = new Registry();
    const metrics = createSyncMetrics(registry, nothing);
    metrics.synced('ExternalSecret', 'SecretSynced');
    metrics.synced('ExternalSecret', 'AccessDenied');
    metrics.secretWritten('create');
    expect(await linesOf(registry)).toEqual(
      expect.arrayContaining([
        'keytender_sync_results_total{kind="ExternalSecret",reason="SecretSynced"} 1',
        'keytender_sync_results_total{kind="ExternalSecret",reason="AccessDenied"} 1',
        'keytender_secret_writes_total{operation="create"} 1',
      ]),
    );
  });

  it('of the state of syncs are what the state is at the scrape, not a sum over scrapes', async () => {
    const registry = new Registry();
    const awayStore = { kind: 'SecretStore', condition: 'Available', reason: 'AWSUnavailable' };
    let probe: SyncProbe = {
      reasons: () => [
        ['SecretSynced', 2],
        ['AccessDenied', 1],
        ['Pending', 1],
      ],
      failingStores: () => [[awayStore, 2]],
      ages: async () => aged(10, 250, 4_000),
    };
    const asked: SyncProbe = { reasons: () => probe.reasons(), failingStores: () => probe.failingStores(), ages: () => probe.ages() };
    createSyncMetrics(registry, asked, () => NOW);
    await registry.metrics();
    expect(await linesOf(registry)).toEqual(
      expect.arrayContaining([
        'keytender_externalsecrets{reason="SecretSynced"} 2',
        'keytender_externalsecrets{reason="AccessDenied"} 1',
        'keytender_externalsecrets{reason="Pending"} 1',
        'keytender_stores_failing{kind="SecretStore",condition="Available",reason="AWSUnavailable"} 2',
        'keytender_last_success_age_seconds_bucket{le="60"} 1',
        'keytender_last_success_age_seconds_bucket{le="300"} 2',
        'keytender_last_success_age_seconds_bucket{le="+Inf"} 3',
        'keytender_last_success_age_seconds_sum 4260',
        'keytender_externalsecrets_unconfirmed 7',
      ]),
    );
    expect(await linesOf(registry)).toContain('keytender_stalest_success_age_seconds{namespace="ns",name="es-2"} 4000');
    probe = { ...nothing, reasons: () => [['SecretSynced', 1]] };
    const text = await registry.metrics();
    expect(text).toContain('keytender_externalsecrets{reason="SecretSynced"} 1');
    expect(text).not.toContain('AccessDenied');
    expect(text).not.toContain('keytender_stores_failing{');
    expect(text).not.toContain('es-2');
    expect(text).toContain('keytender_last_success_age_seconds_count 0');
    expect(text).toContain('keytender_externalsecrets_unconfirmed 0');
  });

  it('name no more reasons than there can be, whatever others write into statuses', async () => {
    const registry = new Registry();
    createSyncMetrics(registry, { ...nothing, reasons: () => Array.from({ length: 10_000 }, (_, index) => [`R${index}`, 1] as const) });
    const lines = (await linesOf(registry)).filter((line) => line.startsWith('keytender_externalsecrets{'));
    expect(lines.length).toBe(151);
    expect(lines).toContain('keytender_externalsecrets{reason="other"} 9850');
  });

  it('of the engine tell what rounds hold and how many wait, and nothing of it where this process does not lead', async () => {
    const registry = new Registry();
    let now: SourceCounts | undefined = idle;
    createSourceMetrics(registry, () => now);
    now = { ...idle, reconciles: { bytes: 4_096, waiting: 3 }, refreshesWaiting: 5 };
    const leading = await linesOf(registry);
    now = undefined;
    const standingBy = await linesOf(registry);
    expect(leading).toEqual(expect.arrayContaining(['keytender_source_reconcile_bytes 4096', 'keytender_source_reconciles_waiting 3']));
    expect(leading).toContain('keytender_source_refreshes_waiting 5');
    expect(standingBy).toEqual(expect.arrayContaining(['keytender_source_reconcile_bytes 0', 'keytender_source_reconciles_waiting 0']));
  });

  it('say who leads', async () => {
    const registry = new Registry();
    const metrics = createLeaderMetrics(registry, 'keytender');
    expect(await registry.metrics()).toContain('leader_election_master_status{name="keytender"} 0');
    metrics.leads(true);
    expect(await registry.metrics()).toContain('leader_election_master_status{name="keytender"} 1');
    metrics.leads(false);
    expect(await registry.metrics()).toContain('leader_election_master_status{name="keytender"} 0');
  });

  it('of an idle queue are all there from the start', async () => {
    const registry = new Registry();
    createQueueMetrics(registry).forQueue('externalsecret', { depth: () => 0, runningSeconds: () => [] });
    expect(await linesOf(registry)).toEqual(
      expect.arrayContaining([
        'workqueue_depth{name="externalsecret"} 0',
        'workqueue_adds_total{name="externalsecret"} 0',
        'workqueue_retries_total{name="externalsecret"} 0',
        'workqueue_unfinished_work_seconds{name="externalsecret"} 0',
        'workqueue_longest_running_processor_seconds{name="externalsecret"} 0',
      ]),
    );
  });
});
