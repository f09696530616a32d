// The alerts of the chart with the metrics of a real leader and a real standby: silent in normal operation, and each one fires for its
// problem.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { renderChart } from '../../support/chart.ts';
import type { Operator } from '../../support/operator/operator.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { evaluate, fires } from '../../support/promql/evaluate.ts';
import { parse } from '../../support/promql/parse.ts';
import type { SeriesStore } from '../../support/promql/series.ts';
import { stretch } from '../../support/promql/stretch.ts';
import { only } from './chart-objects.ts';

jest.setTimeout(240_000);

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
}

const QUEUE = '--events-queue-url=https://sqs.eu-central-1.amazonaws.com/111122223333/changes';
const FLAGS = ['--leader-elect', '--leader-elect-lease-duration=6s', '--leader-elect-renew-deadline=4s', '--leader-elect-retry-period=1s'];
/** More than a queue may hold for long. */
const MANY = 130;
/** As long as the alerts look back: 30 minutes, and 15 that it must hold. */
const STORY_MS = 50 * 60_000;

let scene: Scene;
let alerts: readonly Alert[];

beforeAll(async () => {
  const objects = await renderChart({ serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } });
  const { groups } = only(objects, 'PrometheusRule')['spec'] as { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
  alerts = groups.flatMap(({ rules }) => rules);
  scene = await openScene('alerts', { flags: FLAGS, start: false });
  await scene.createStore();
  scene.createSecret('shared');
  for (let index = 0; index < MANY; index++) await create(`many-${index}`, 'shared');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function create(name: string, secret: string, store = 'aws'): Promise<void> {
  const data = [{ secretKey: 'password', remoteRef: { key: secret } }];
  await scene.objects.externalSecret(name, { secretStoreRef: { name: store }, refreshInterval: '5s', data });
}

const scrape = (operator: Operator): Promise<string | undefined> => operator.metrics().catch(() => undefined);

/** Series as they are when what happens during `act` goes on. */
async function during(operators: readonly Operator[], act: () => Promise<unknown>): Promise<SeriesStore> {
  const before = await Promise.all(operators.map(scrape));
  const began = performance.now();
  await act();
  const after = await Promise.all(operators.map(scrape));
  const scrapes = operators.map((operator, index) => ({
    target: { job: 'keytender-metrics', namespace: 'keytender', pod: `pod-${operator.pid}` },
    before: before[index],
    after: after[index],
  }));
  return stretch(scrapes, performance.now() - began, STORY_MS);
}

function firing(store: SeriesStore): readonly string[] {
  return alerts.filter(({ expr, for: lasting }) => fires(expr, lasting, store, STORY_MS)).map(({ alert }) => alert);
}

async function startPair(flags: readonly string[] = []): Promise<readonly [leader: Operator, standby: Operator]> {
  const leader = await scene.startOperator(flags);
  await waitUntil('it leads', () => leader.logLines().some(({ msg }) => msg === 'started leading'));
  return [leader, await scene.startOperator(flags)];
}

async function stopAll(): Promise<void> {
  await Promise.all(scene.operators.filter(({ running }) => running).map((operator) => operator.stop()));
}

const synced = async (count: number): Promise<void> => {
  await waitUntil(
    'all are synced',
    async () => {
      const all = await scene.objects.list('externalsecrets');
      return all.filter(({ status }) => status?.conditions?.some(({ reason }) => reason === 'SecretSynced')).length >= count;
    },
    { timeoutMs: 60_000 },
  );
};

describe('the alerts', () => {
  it('are silent while all is well, with a leader and a standby', async () => {
    const pair = await startPair();
    await synced(MANY);
    const quiet = await during(pair, async () => {
      scene.createSecret('ordinary');
      await create('ordinary', 'ordinary');
      await scene.objects.untilReason('ordinary', 'SecretSynced');
      await scene.objects.untilValues('ordinary', { password: scene.rotate('ordinary') });
    });
    expect(firing(quiet)).toEqual([]);
    await stopAll();
  });

  it('tell when nobody answers, and when nobody leads', async () => {
    const spec = { holderIdentity: 'somebody', leaseDurationSeconds: 3_600, renewTime: new Date().toISOString().replace('Z', '000Z') };
    await scene.objects.patch('leases', 'keytender', { spec });
    const operator = await scene.startOperator();
    expect(firing(await during([operator], async () => undefined))).toEqual(['KeytenderNoLeader']);
    expect(firing(await during([operator], () => operator.stop()))).toEqual(['KeytenderDown']);
    await scene.objects.patch('leases', 'keytender', { spec: { holderIdentity: '' } });
  });

  it('tell of what cannot be read, of stores, of refused lists and of a queue that is not there', async () => {
    scene.proxy.inject({ verb: 'list', resource: 'statefulsets', fault: { kind: 'status', code: 403, reason: 'Forbidden' } });
    const pair = await startPair([QUEUE]);
    using _denied = scene.aws.inject({ secretId: 'denied', fault: { kind: 'access-denied' } });
    const trouble = await during(pair, async () => {
      const auth = {
        secretRef: { accessKeyIDSecretRef: { name: 'none', key: 'id' }, secretAccessKeySecretRef: { name: 'none', key: 'key' } },
      };
      const provider = { aws: { service: 'SecretsManager', region: scene.aws.defaultRegion, auth } };
      await scene.objects.create('secretstores', { metadata: { name: 'keyless' }, spec: { provider } });
      scene.createSecret('denied');
      await create('denied', 'denied');
      for (let index = 0; index < 15; index++) await create(`missing-${index}`, `missing-${index}`);
      await scene.objects.untilReason('denied', 'AccessDenied');
      for (let index = 0; index < 15; index++) await scene.objects.untilReason(`missing-${index}`, 'RemoteSecretNotFound');
      await waitUntil('the queue is known to be missing', async () =>
        (await pair[0].metrics()).includes('keytender_event_queue_up{queue="sqs"} 0'),
      );
      await waitUntil('the store is known to be useless', async () => /^keytender_stores_failing\{/m.test(await pair[0].metrics()));
    });
    const found = firing(trouble);
    expect(found).toEqual(
      expect.arrayContaining([
        'KeytenderAccessDenied',
        'KeytenderEventQueueDown',
        'KeytenderNotListed',
        'KeytenderRetrievalErrors',
        'KeytenderSecretsNotSynced',
        'KeytenderStoreUnavailable',
      ]),
    );
    expect(found).not.toContain('KeytenderQueueBacklog');
    // Both replicas see the same resources.
    const unsynced = alerts.find(({ alert }) => alert === 'KeytenderSecretsNotSynced')?.expr ?? '';
    expect(evaluate(parse(unsynced), trouble, STORY_MS)).toContainEqual({ labels: { reason: 'RemoteSecretNotFound' }, value: 15 });
    await stopAll();
  });

  it('tell of writes that fail, of a queue that does not get shorter, and of limits of AWS', async () => {
    const pair = await startPair(['--concurrency=1']);
    await synced(MANY);
    const refused = scene.proxy.inject({ verb: 'patch', resource: 'secrets', fault: { kind: 'status', code: 500 } });
    const failing = await during(pair, async () => {
      scene.rotate('shared');
      await waitUntil('writes fail', () => refused.hits > 20);
    });
    expect(firing(failing)).toContain('KeytenderReconcileErrors');
    refused.remove();
    const hung = scene.proxy.inject({ verb: 'patch', resource: 'secrets', fault: { kind: 'hang' } });
    const stuck = await during(pair, async () => {
      scene.rotate('shared');
      await waitUntil('many wait', async () => (await pair[0].metric('workqueue_depth{name="externalsecret"}')) > 100, {
        timeoutMs: 60_000,
      });
    });
    expect(firing(stuck)).toContain('KeytenderQueueBacklog');
    hung.remove();
    using _limit = scene.aws.inject({ secretId: 'limited', fault: { kind: 'throttle' } });
    const limited = await during(pair, async () => {
      scene.createSecret('limited');
      await create('limited', 'limited');
      await scene.objects.untilReason('limited', 'Throttled', 60_000);
    });
    expect(firing(limited)).toContain('KeytenderThrottled');
  });
});
