// The chapter about waves: a canary that fails holds the rest, and its repair lets the rest go on.
import { markerTextsOf } from '../support/operator/workloads.ts';
import type { Cloud } from './cloud.ts';
import { NAMESPACE, type Cluster } from './cluster.ts';
import type { Ledger } from './ledger.ts';
import { say, seen } from './terminal.ts';

export interface Actors {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
}

const SECRET = 'payment-api';
const CANARY = 'checkout-canary';
/** Nobody names them: they use the Secret. */
const CONSUMERS = [CANARY, 'checkout', 'orders'] as const;
const PHASES = 'jsonpath={range .status.restarts[*]}{.phase}{"  "}{.name}{"  "}{.reason}{"  "}{.message}{"\\n"}{end}';

/** Discovery finds the workloads, and restarts none of them for it. */
export async function findConsumers({ cluster, ledger }: Actors): Promise<void> {
  await ledger.measure('three consumers found', async () => {
    await cluster.kubectl(['apply', '-f', 'test/demo/manifests/waves.yaml']);
    await cluster.until('all consumers are in the status and run', async () => {
      const phases = await phasesOf(cluster);
      return CONSUMERS.every((name) => phases.get(name) === 'Baseline') && (await areAvailable(cluster));
    });
  });
  await showPhases(cluster);
  seen(`discovery found the three Deployments that use the Secret ${SECRET}; none was restarted for that`);
}

/** The payment provider does not know the new key yet: pods that start with it crash. */
export async function failInCanary({ cluster, cloud, ledger }: Actors): Promise<Disposable> {
  const before = await markers(cluster);
  const labels = { 'app.kubernetes.io/name': CANARY };
  const running = (await cluster.objects.list('pods')).map(({ metadata }) => metadata.name);
  const crashing = cluster.podReadier.set({ labels, except: running }, { state: 'crash-loop' });
  cloud.rotatePaymentKey();
  say('AWS has a new payment key, which the provider does not know yet: pods that start with it crash');
  await ledger.measure('canary failed: the rest is held', async () => {
    await cluster.until('the canary has failed and the others wait', async () => {
      const phases = await phasesOf(cluster);
      return phases.get(CANARY) === 'Failed' && phases.get('checkout') === 'Pending' && phases.get('orders') === 'Pending';
    });
    await cluster.until('the condition says so', async () => (await healthOf(cluster))?.reason === 'RolloutsHalted');
  });
  await showPhases(cluster);
  const after = await markers(cluster);
  if (after[0] === before[0] || after[1] !== before[1] || after[2] !== before[2]) throw new Error('only the canary was to be restarted');
  seen('one pod crashes; the pods of the other Deployments still run with the former key');
  return crashing;
}

/** No command to Keytender: the canary becomes healthy, and the halt ends. */
export async function goOn(crashing: Disposable, { cluster, ledger }: Actors): Promise<void> {
  say('the provider learns the new key, so the canary starts');
  crashing[Symbol.dispose]();
  await ledger.measure('canary healthy: the rest restarted, all healthy', () =>
    cluster.until('all are healthy', async () => {
      const [phases, health] = [await phasesOf(cluster), await healthOf(cluster)];
      return CONSUMERS.every((name) => phases.get(name) === 'Healthy') && health?.status === 'True';
    }),
  );
  await showPhases(cluster);
  if (new Set(await markers(cluster)).size !== 1) throw new Error('all were to be restarted for the same content');
  seen('the halt ended by itself: after the soak time the rest restarted, each workload once');
}

async function showPhases(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['get', 'externalsecret', SECRET, '-n', NAMESPACE, '-o', PHASES]);
}

async function phasesOf(cluster: Cluster): Promise<ReadonlyMap<string, string | undefined>> {
  const { status } = await cluster.mustGet('externalsecrets', SECRET);
  const restarts = (status?.['restarts'] ?? []) as readonly { readonly name: string; readonly phase?: string }[];
  return new Map(restarts.map(({ name, phase }) => [name, phase]));
}

async function healthOf(cluster: Cluster): Promise<{ readonly status: string; readonly reason: string } | undefined> {
  const { status } = await cluster.mustGet('externalsecrets', SECRET);
  return status?.conditions?.find(({ type }) => type === 'RolloutsHealthy');
}

async function markers(cluster: Cluster): Promise<readonly (string | undefined)[]> {
  const deployments = await Promise.all(CONSUMERS.map((name) => cluster.mustGet('deployments', name)));
  return deployments.map((deployment) => markerTextsOf(deployment)[SECRET]);
}

async function areAvailable(cluster: Cluster): Promise<boolean> {
  const deployments = await Promise.all(CONSUMERS.map((name) => cluster.mustGet('deployments', name)));
  return deployments.every(
    ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True') === true,
  );
}
