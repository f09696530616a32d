// /metrics stays small for any number of resources, identities and failures.
import { describe, expect, it } from '@jest/globals';
import { failureReasons, type Reason } from '../../../src/failure/reasons.ts';
import { createAwsMetrics } from '../../../src/telemetry/metrics/aws-metrics.ts';
import { createKubeMetrics } from '../../../src/telemetry/metrics/kube-metrics.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { createReconcileMetrics } from '../../../src/telemetry/metrics/reconcile-metrics.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { createSourceMetrics } from '../../../src/telemetry/metrics/source-metrics.ts';
import { createSyncMetrics } from '../../../src/telemetry/metrics/sync-metrics.ts';

const reasons = Object.keys(failureReasons) as readonly Reason[];
const RESULTS = ['ok', 'Throttled', 'AccessDenied', 'AWSUnavailable'];

describe('/metrics', () => {
  it('is below 100 kB at 10,000 resources of 500 identities', async () => {
    const registry = createRegistry('1.2.3');
    const identity = (index: number): string => `111122223333/team-${index}-secrets-reader`;
    const estimates = () =>
      Array.from({ length: 500 }, (_, index) => ({
        identity: identity(index),
        owner: `team-${index}`,
        low: index / 7,
        high: index * 1.37,
      }));
    const aws = createAwsMetrics(registry, { estimates });
    const failing = { identities: 1, services: 1 };
    createSourceMetrics(registry, () => ({
      references: 5_000,
      cachedBytes: 1e7,
      reconciles: { bytes: 3e7, waiting: 1e4 },
      refreshesWaiting: 1e4,
      batchDenied: 3,
      failing,
      listed: { references: 100, unchanged: 1_000 },
      reads: { batch: 900, single: 100 },
      listsAvoided: { denied: 1, tooLong: 2, dearer: 3 },
      valuesRequested: 1e6,
      valuesRead: 1e5,
    }));
    const queues = createQueueMetrics(registry);
    const reconciles = createReconcileMetrics(registry);
    for (const name of ['externalsecret', 'secretstore', 'clustersecretstore']) {
      queues.forQueue(name, { depth: () => 3, runningSeconds: () => [1.5] });
      reconciles.forController(name, 64).ended('success', 0.1, false);
    }
    const kube = createKubeMetrics(registry);
    kube.watchRestarted('Secret', 'gone');
    const sync = createSyncMetrics(registry, {
      reasons: () => reasons.map((reason) => [reason, 10_000] as const),
      failingStores: () => reasons.map((reason) => [{ kind: 'SecretStore', condition: 'Ready', reason }, 1_000] as const),
      ages: async () => ({
        at: Array.from({ length: 10_000 }, (_, index) => Date.now() - index * 1_000),
        stalest: Array.from({ length: 100 }, (_, index) => ({
          namespace: `team-${index % 300}`,
          name: `database-credentials-${index}`,
          at: Date.now() - index * 1_000,
        })),
        unconfirmed: 10_000,
      }),
    });
    for (const reason of reasons) sync.synced('ExternalSecret', reason);
    for (let index = 0; index < 500; index++) {
      for (const operation of ['GetSecretValue', 'BatchGetSecretValue']) {
        for (const result of RESULTS) {
          aws.observe({
            service: 'secretsmanager',
            operation,
            identity: identity(index),
            owner: `team-${index}`,
            secrets: 20,
            result,
            seconds: 0.1,
            attempts: 2,
          });
        }
      }
    }
    const text = await registry.metrics();
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain('identity="other",result="ok"} 480');
    expect(text).toContain('keytender_source_values_requested_total 1000000');
    for (const [way, looks] of Object.entries({ batch: 900, single: 100, list: 1_000 })) {
      expect(text).toContain(`keytender_source_change_checks_total{way="${way}"} ${looks}`);
    }
    for (const [why, times] of Object.entries({ denied: 1, 'too-long': 2, cost: 3 })) {
      expect(text).toContain(`keytender_source_lists_avoided_total{why="${why}"} ${times}`);
    }
  });
});
