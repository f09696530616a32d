// The alerts of the chart: every name in them exists, and each alert has its runbook.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { installation } from '../../../src/api/installation.ts';
import { failureReasons, type Reason, stateReasons } from '../../../src/failure/reasons.ts';
import { createUnlistedMetrics } from '../../../src/telemetry/metrics/unlisted-metrics.ts';
import { createAwsMetrics } from '../../../src/telemetry/metrics/aws-metrics.ts';
import { createEventMetrics, type EventMetrics } from '../../../src/telemetry/metrics/event-metrics.ts';
import { createSourceMetrics } from '../../../src/telemetry/metrics/source-metrics.ts';
import { createLeaderMetrics } from '../../../src/telemetry/metrics/leader-metrics.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { createReconcileMetrics } from '../../../src/telemetry/metrics/reconcile-metrics.ts';
import { createRestartMetrics, type RestartProbe } from '../../../src/telemetry/metrics/restart-metrics.ts';
import { createSyncMetrics, type SyncProbe } from '../../../src/telemetry/metrics/sync-metrics.ts';
import { fires } from '../../support/promql/evaluate.ts';
import { stretch } from '../../support/promql/stretch.ts';
import { renderChart } from '../../support/chart.ts';
import type { ChartValues } from '../../support/chart.ts';
import { only } from './chart-objects.ts';

const RUNBOOKS = fileURLToPath(new URL('../../../docs/runbooks', import.meta.url));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

async function alertsOf(values: ChartValues = {}): Promise<readonly Alert[]> {
  const objects = await renderChart({ serviceMonitor: { enabled: true }, ...values });
  const { groups } = only(objects, 'PrometheusRule')['spec'] as { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

let alerts: readonly Alert[];
beforeAll(async () => {
  alerts = await alertsOf({ prometheusRule: { enabled: true } });
});

describe('the alerts', () => {
  it('are those that have a runbook', () => {
    const pages = readdirSync(RUNBOOKS).filter((name) => name !== 'README.md');
    expect(alerts.map(({ alert }) => `${alert}.md`).sort()).toEqual(pages.sort());
    for (const { alert, annotations } of alerts) expect(annotations.runbook_url).toBe(`docs/runbooks/${alert}.md`);
  });

  it('select by reasons of the catalogue only', () => {
    const known = new Set([...Object.keys(failureReasons), ...Object.keys(stateReasons)]);
    const named = alerts.flatMap(({ expr }) => [...expr.matchAll(/reason[=!]~?"([^"]*)"/g)].flatMap(([, list = '']) => list.split('|')));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((reason) => !known.has(reason))).toEqual([]);
  });

  it('speak of metrics and labels that the operator has', () => {
    const metrics = labelsByMetric();
    for (const { alert, expr } of alerts) {
      const series = [...expr.matchAll(/(\w+)\{([^}]*)\}/g)];
      expect({ alert, series: series.length > 0 }).toEqual({ alert, series: true });
      for (const [, metric = '', matchers = ''] of series) {
        const labels = [...matchers.matchAll(/(\w+)[=!]~?"/g)].map(([, label = '']) => label);
        const known = [...(metrics.get(metric) ?? [`no metric ${metric}`]), 'job', 'namespace'];
        expect({ alert, metric, unknown: labels.filter((label) => !known.includes(label)) }).toEqual({ alert, metric, unknown: [] });
        expect({ alert, metric, known: metrics.has(metric) }).toEqual({ alert, metric, known: true });
      }
    }
  });

  it('count every settled reason as synced, and nothing else', () => {
    const expr = alerts.find(({ alert }) => alert === 'KeytenderSecretsNotSynced')?.expr ?? '';
    expect(/reason!~"([^"]*)"/.exec(expr)?.[1]?.split('|').sort()).toEqual(Object.keys(stateReasons).sort());
  });

  it('are critical where somebody asks for what they may not read', () => {
    const denied = alerts.find(({ alert }) => alert === 'KeytenderAccessDenied');
    expect(denied?.labels.severity).toBe('critical');
    expect(denied?.expr).toContain('AccessDenied');
    expect(denied?.for).toBe('0m');
  });

  it('select the series of this installation, and the leader by its lease', () => {
    for (const { alert, expr } of alerts) {
      const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, matchers = '']) => matchers);
      expect({ alert, selectors: selectors.length > 0 }).toEqual({ alert, selectors: true });
      for (const matchers of selectors) expect(matchers).toContain('job="keytender-metrics",namespace="keytender"');
    }
    expect(alerts.find(({ alert }) => alert === 'KeytenderNoLeader')?.expr).toContain(`name="${installation.leaseName}"`);
  });

  it('follow the values: own selector, severities, runbooks, and without some', async () => {
    const changed = await alertsOf({
      leaderElect: false,
      prometheusRule: {
        enabled: true,
        selector: 'cluster="a"',
        severities: { high: 'warning' },
        runbookBaseURL: 'https://runbooks.example/',
        disabled: ['KeytenderThrottled'],
      },
    });
    expect(changed.map(({ alert }) => alert)).not.toEqual(expect.arrayContaining(['KeytenderThrottled']));
    expect(changed.map(({ alert }) => alert)).not.toEqual(expect.arrayContaining(['KeytenderNoLeader']));
    expect(changed).toHaveLength(alerts.length - 2);
    expect(changed.find(({ alert }) => alert === 'KeytenderSecretsNotSynced')).toMatchObject({
      labels: { severity: 'warning' },
      annotations: { runbook_url: 'https://runbooks.example/KeytenderSecretsNotSynced.md' },
    });
    for (const { expr } of changed) expect(expr).toContain('{cluster="a"');
  });
});

describe('the alert about what may not be read', () => {
  it.each<[string, Partial<SyncProbe>, readonly string[]]>([
    ['is silent in quiet', { reasons: () => [['SecretSynced', 3]] }, []],
    ['tells of keys on ExternalSecrets', { reasons: () => [['KeyNotAllowed', 1]] }, ['KeytenderAccessDenied', 'KeytenderSecretsNotSynced']],
    ...['OperatorIdentityDenied', 'TokenAudienceDenied'].map((reason): [string, Partial<SyncProbe>, readonly string[]] => [
      `tells of ${reason} on stores, which no ExternalSecret says`,
      { failingStores: () => [[{ kind: 'SecretStore', condition: 'Ready', reason }, 1]] },
      ['KeytenderAccessDenied', 'KeytenderStoreUnavailable'],
    ]),
  ])('%s', async (_what, probe, expected) => {
    const registry = new Registry();
    const nothing: SyncProbe = { reasons: () => [], failingStores: () => [], ages: async () => ({ at: [], stalest: [], unconfirmed: 0 }) };
    createSyncMetrics(registry, { ...nothing, ...probe });
    const text = await registry.metrics();
    const target = { job: 'keytender-metrics', namespace: 'keytender', pod: 'a' };
    const store = stretch([{ target, before: text, after: text }], 60_000, 60 * 60_000);
    const names = ['KeytenderAccessDenied', 'KeytenderSecretsNotSynced', 'KeytenderStoreUnavailable'];
    const firing = alerts.filter(({ alert, expr, for: lasting }) => names.includes(alert) && fires(expr, lasting, store, 60 * 60_000));
    expect(firing.map(({ alert }) => alert)).toEqual(expected);
  });
});

describe('the alerts about events', () => {
  const story = async (happens: (metrics: EventMetrics) => void): Promise<readonly string[]> => {
    const registry = new Registry();
    const metrics = createEventMetrics(registry, () => ({ inFlight: 0, namespacedQueues: { up: 0, down: 0 } }));
    metrics.lag(0.5);
    metrics.ended('shown');
    const before = await registry.metrics();
    happens(metrics);
    const target = { job: 'keytender-metrics', namespace: 'keytender', pod: 'a' };
    const store = stretch([{ target, before, after: await registry.metrics() }], 60_000, 60 * 60_000);
    return alerts
      .filter(({ alert, expr, for: lasting }) => alert.startsWith('KeytenderEvent') && fires(expr, lasting, store, 60 * 60_000))
      .map(({ alert }) => alert);
  };

  it.each<[string, readonly string[], (metrics: EventMetrics) => void]>([
    ['are silent while events come in time', [], (metrics) => metrics.lag(2)],
    ['tell of changes without an event', ['KeytenderEventsMissed'], (metrics) => metrics.missed()],
    ['tell of events that come late', ['KeytenderEventsLate'], (metrics) => metrics.lag(300)],
    ['tell of events that nobody acted on', ['KeytenderEventsLate'], (metrics) => metrics.ended('unfinished')],
    ['tell of a queue that cannot be read', ['KeytenderEventQueueDown'], (metrics) => metrics.receiving(false)],
  ])('%s', async (_what, expected, happens) => {
    expect(await story(happens)).toEqual(expected);
  });
});

const NO_RESTARTS: RestartProbe = { phases: () => [], oldestWaiting: () => undefined, ledgerLoaded: () => true, followed: () => undefined };

describe('the alerts about restarts', () => {
  const firing = async (probe: Partial<RestartProbe>): Promise<readonly string[]> => {
    const registry = new Registry();
    createRestartMetrics(registry, { ...NO_RESTARTS, ...probe });
    const text = await registry.metrics();
    const standby = new Registry();
    createRestartMetrics(standby, { ...NO_RESTARTS, ledgerLoaded: () => undefined });
    const idle = await standby.metrics();
    const target = { job: 'keytender-metrics', namespace: 'keytender' };
    const scrapes = [
      { target: { ...target, pod: 'leader' }, before: text, after: text },
      { target: { ...target, pod: 'standby' }, before: idle, after: idle },
    ];
    const store = stretch(scrapes, 60_000, 60 * 60_000);
    const about = alerts.filter(({ expr }) => expr.includes('keytender_restart_'));
    expect(about).toHaveLength(4);
    return about.filter(({ expr, for: lasting }) => fires(expr, lasting, store, 60 * 60_000)).map(({ alert }) => alert);
  };
  const phase = (name: string, reason: string) => () => [
    { phase: 'Healthy', reason: '', count: 7 },
    { phase: name, reason, count: 1 },
  ];
  const named = (...reasons: readonly Reason[]): readonly Reason[] => reasons;

  it('are silent while workloads roll and are healthy', async () => {
    expect(await firing({})).toEqual([]);
    expect(await firing({ phases: phase('Rolling', '') })).toEqual([]);
  });

  it.each(named('RolloutPaused', 'RolloutOnDelete', 'RolloutPartitioned', 'AwaitingPromotion'))(
    'are silent about pods that stay by %s',
    async (reason) => {
      expect(await firing({ phases: phase('Blocked', reason) })).toEqual([]);
    },
  );

  it.each(
    named('AwaitingSettle', 'AwaitingWindow', 'AwaitingInterval', 'AwaitingWave', 'RestartsSuspended', 'RestartsDryRun', 'RolloutsHalted'),
  )('are silent about restarts that wait by %s', async (reason) => {
    expect(await firing({ phases: phase('Pending', reason) })).toEqual([]);
  });

  it.each<[string, Partial<RestartProbe>, string]>([
    ['a rollout that failed', { phases: phase('Failed', 'RolloutFailed') }, 'KeytenderRolloutsFailed'],
    ['a patch that is refused', { phases: phase('Failed', 'RestartFailed') }, 'KeytenderRolloutsFailed'],
    ['a controller that would undo the restart', { phases: phase('Blocked', 'OwnedByController') }, 'KeytenderRestartsBlocked'],
    ['a client that removes the marker', { phases: phase('Blocked', 'RestartReverted') }, 'KeytenderRestartsBlocked'],
    ['waves without a healthy canary', { phases: phase('Pending', 'NoHealthyCanary') }, 'KeytenderRestartsPending'],
    ['windows without a common time', { phases: phase('Pending', 'WindowsNeverMeet') }, 'KeytenderRestartsPending'],
    ['places that do not get free', { phases: phase('Pending', 'AwaitingSlot') }, 'KeytenderRestartsPending'],
    ['a restart that waits for no stated reason', { phases: phase('Pending', '') }, 'KeytenderRestartsPending'],
    ['a ledger that cannot be read', { ledgerLoaded: () => false }, 'KeytenderRestartLedgerUnread'],
  ])('tell of %s', async (_what, probe, expected) => {
    expect(await firing(probe)).toEqual([expected]);
  });
});

/** All that the operator registers, the buckets of its histograms, and `up`, which Prometheus makes itself. */
function labelsByMetric(): ReadonlyMap<string, readonly string[]> {
  const registry = new Registry();
  createAwsMetrics(registry, { estimates: () => [] });
  createSourceMetrics(registry, () => undefined);
  createLeaderMetrics(registry, installation.leaseName);
  createQueueMetrics(registry);
  createReconcileMetrics(registry);
  createSyncMetrics(registry, { reasons: () => [], failingStores: () => [], ages: async () => ({ at: [], stalest: [], unconfirmed: 0 }) });
  createEventMetrics(registry, () => ({ inFlight: 0, namespacedQueues: { up: 0, down: 0 } }));
  createUnlistedMetrics(registry, () => []);
  createRestartMetrics(registry, NO_RESTARTS);
  const metrics = registry.getMetricsAsArray() as unknown as readonly { readonly name: string; readonly labelNames: readonly string[] }[];
  const own = metrics.flatMap((metric) => {
    const { name, labelNames } = metric;
    const buckets = metric instanceof Histogram ? [[`${name}_bucket`, [...labelNames, 'le']] as const] : [];
    return [[name, labelNames] as const, ...buckets];
  });
  return new Map([['up', []], ...own]);
}

it('links every runbook from their index', () => {
  const index = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
  for (const { alert } of alerts) expect(index).toContain(`(${alert}.md)`);
});
