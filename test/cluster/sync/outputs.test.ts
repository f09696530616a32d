// Events, log lines, metrics, kubectl's columns and probes: the operator reports each fact correctly and once.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('people');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function externalSecret(name: string, extra: object = {}): Promise<void> {
  await scene.objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: `people/${name}` } }], ...extra });
}

interface Told {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

async function eventsOf(name: string): Promise<readonly Told[]> {
  const about = (await scene.objects.list('events')).filter(({ regarding }) => (regarding as { readonly name: string }).name === name);
  return about.map((event) => event as AnyObject & Told).map(({ type, reason, note }) => ({ type, reason, note }));
}

/** The log lines about one resource that operators see at the default level. */
function saidOf(name: string): readonly { readonly level: string; readonly msg: string }[] {
  return scene.operator
    .logLines()
    .filter((line) => line['name'] === name && line.level !== 'debug' && line.level !== 'trace')
    .map(({ level, msg }) => ({ level, msg }));
}

async function lifeOf(name: string): Promise<void> {
  scene.createSecret(`people/${name}`);
  await externalSecret(name);
  await scene.objects.untilReason(name, 'SecretSynced');
  const value = scene.rotate(`people/${name}`);
  await forceSync(scene, name, 'rotated');
  await scene.objects.untilValues(name, { value });
  await scene.objects.patch('secrets', name, { stringData: { value: 'spoilt' } });
  await scene.objects.untilValues(name, { value });
  using denial = scene.aws.inject({ secretId: `people/${name}`, fault: { kind: 'access-denied' } });
  await forceSync(scene, name, 'denied');
  await scene.objects.untilReason(name, 'AccessDenied');
  await forceSync(scene, name, 'denied again');
  await untilObject(scene, 'externalsecrets', name, ({ status }) => status?.['forceSync'] === 'denied again');
  denial.remove();
  await forceSync(scene, name, 'repaired');
  await scene.objects.untilReason(name, 'SecretSynced');
}

describe('a life of an ExternalSecret', () => {
  it('is told in Events, each once', async () => {
    await lifeOf('told');
    await waitUntil('its Events are written', async () => (await eventsOf('told')).length >= 4);
    const events = await eventsOf('told');
    expect(events).toEqual(
      expect.arrayContaining([
        { type: 'Normal', reason: 'Created', note: 'Secret "told" created' },
        { type: 'Normal', reason: 'Updated', note: 'Secret "told" updated with new content' },
        { type: 'Normal', reason: 'Repaired', note: 'Secret "told" repaired: somebody else had changed it' },
        {
          type: 'Warning',
          reason: 'AccessDenied',
          note: expect.stringContaining('may not call secretsmanager:GetSecretValue for secret "people/told"') as unknown,
        },
      ]),
    );
    expect(events).toHaveLength(4);
    const shown = await scene.controlPlane.kubectl([
      '--namespace',
      scene.namespace,
      'events',
      '--for',
      'externalsecret.keytender.dev/told',
    ]);
    expect(shown.stdout).toContain('Secret "told" created');
  });

  it('is told in the log, one line for each change', async () => {
    await lifeOf('logged');
    expect(saidOf('logged')).toEqual([
      { level: 'info', msg: 'secret written' },
      { level: 'info', msg: 'secret written' },
      { level: 'info', msg: 'secret written' },
      { level: 'warn', msg: 'externalsecret failed' },
      { level: 'info', msg: 'externalsecret state changed' },
    ]);
    const lines = scene.operator.output().trimEnd().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('is shown in the columns of kubectl', async () => {
    scene.createSecret('people/shown');
    await externalSecret('shown', { refreshInterval: '5m' });
    await scene.objects.untilReason('shown', 'SecretSynced');
    const columns = async (): Promise<readonly string[]> => {
      const { stdout } = await scene.controlPlane.kubectl(['--namespace', scene.namespace, 'get', 'kes', 'shown', '--no-headers']);
      return stdout.trim().split(/\s+/);
    };
    expect((await columns()).slice(0, 5)).toEqual(['shown', 'aws', '5m', 'True', 'SecretSynced']);
    scene.rotate('people/shown');
    await forceSync(scene, 'shown', 'rotated');
    await untilObject(scene, 'externalsecrets', 'shown', ({ status }) => status?.['lastChangeTime'] !== undefined);
    // NAME STORE REFRESH READY REASON LAST-CHANGE AGE
    expect((await columns())[5]).toMatch(/^\d+s$/);
    await scene.objects.patch('externalsecrets', 'shown', { spec: { secretStoreRef: { name: 'nowhere' } } });
    await scene.objects.untilReason('shown', 'StoreNotFound');
    expect((await columns()).slice(0, 5)).toEqual(['shown', 'nowhere', '5m', 'False', 'StoreNotFound']);
    const stores = await scene.controlPlane.kubectl(['--namespace', scene.namespace, 'get', 'kss', 'aws', '--no-headers']);
    expect(stores.stdout).toContain('True');
    expect((await scene.controlPlane.kubectl(['--namespace', scene.namespace, 'get', 'keytender'])).stdout).toContain(
      'secretstore.keytender.dev/aws',
    );
  });
});

describe('the metrics', () => {
  it('carry the names that operators know, and ours', async () => {
    scene.createSecret('people/measured');
    await externalSecret('measured');
    await scene.objects.untilReason('measured', 'SecretSynced');
    const text = await scene.operator.metrics();
    const names = [
      'controller_runtime_reconcile_total{controller="externalsecret",result="success"}',
      'controller_runtime_reconcile_time_seconds_bucket',
      'controller_runtime_active_workers',
      'controller_runtime_max_concurrent_reconciles',
      'workqueue_depth',
      'workqueue_adds_total',
      'workqueue_queue_duration_seconds_bucket',
      'workqueue_work_duration_seconds_bucket',
      'workqueue_retries_total',
      'workqueue_unfinished_work_seconds',
      'workqueue_longest_running_processor_seconds',
      'keytender_sync_results_total{kind="ExternalSecret",reason="SecretSynced"}',
      'keytender_secret_writes_total{operation="create"}',
      'keytender_externalsecrets{reason="SecretSynced"}',
      'keytender_last_success_age_seconds_bucket',
      'keytender_kube_requests_total{verb="create",resource="secrets",code="201"}',
      'keytender_aws_',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ];
    for (const name of names) expect(text).toContain(name);
    expect(text).not.toContain('people/measured');
    expect(text).not.toContain('controller_runtime_reconcile_panics_total{controller="externalsecret"} 1');
  });

  it('count each ExternalSecret by its state', async () => {
    await externalSecret('unready', { secretStoreRef: { name: 'nowhere' } });
    await scene.objects.untilReason('unready', 'StoreNotFound');
    const all = await scene.objects.list('externalsecrets');
    const found = all.filter(({ status }) => status?.conditions?.some(({ reason }) => reason === 'StoreNotFound'));
    const sample = 'keytender_externalsecrets{reason="StoreNotFound"}';
    await waitUntil('the metric agrees', async () => (await scene.operator.metric(sample)) === found.length);
  });
});

describe('the probes', () => {
  it('say ok, and what is not there is not found', async () => {
    for (const path of ['/readyz', '/livez']) expect((await fetch(`${scene.operator.probeUrl}${path}`)).status).toBe(200);
    expect((await fetch(`${scene.operator.probeUrl}/nothing`)).status).toBe(404);
  });
});
