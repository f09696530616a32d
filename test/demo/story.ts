// The steps of the demo, one function each. A step ends only when its result was observed, and throws otherwise.
import { existsSync } from 'node:fs';
import { startOperator, type Operator } from '../support/operator/operator.ts';
import { readyOf, type AnyObject } from '../support/operator/objects.ts';
import { fingerprint, type Cloud } from './cloud.ts';
import { BUILT_OPERATOR, DEPLOYMENT, NAMESPACE, type Cluster } from './cluster.ts';
import { inWords, Ledger } from './ledger.ts';
import { OPERATOR_ACCOUNT, operatorWrites } from './operator-writes.ts';
import { answer, say, seen, table } from './terminal.ts';

export interface Actors {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
}

const KEYTENDER = OPERATOR_ACCOUNT.namespace;
const LIST = ['get', 'externalsecrets,secrets', '-n', NAMESPACE] as const;

export function ledgerOf(cluster: Cluster, cloud: Cloud): Ledger {
  const { auditLogPath } = cluster.controlPlane;
  return new Ledger({
    awsCalls: () => cloud.emulator.calls.byOperation,
    kubernetesWrites: () => (existsSync(auditLogPath) ? operatorWrites(auditLogPath) : {}),
  });
}

/** AWS gets its secrets and trusts the cluster; the cluster gets what an installation and a team would apply. */
export async function prepare({ cluster, cloud, ledger }: Actors): Promise<void> {
  const { serviceAccountIssuer: issuer, serviceAccountPublicKeyPem: publicKeyPem } = cluster.controlPlane.coordinates;
  cloud.trust({ issuer, publicKeyPem });
  say(`in AWS: ${cloud.createSecrets().join(', ')}`);
  say(
    'in IAM: the role orders-secrets, which reads production/* and which the ServiceAccount orders may assume by its token (no access key)',
  );
  await ledger.measure('apply CRDs, RBAC, store and ExternalSecrets', async () => {
    await cluster.kubectl(['apply', '-f', 'crds/']);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
    await cluster.kubectl(['apply', ...['namespace', 'service-account', 'rbac-cluster', 'rbac-local'].flatMap(base)]);
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(['apply', '-f', 'deploy/examples/store-irsa.yaml', '-f', 'test/demo/manifests/orders.yaml']);
  });
  await cluster.kubectl(LIST);
}

function base(file: string): readonly string[] {
  return ['-f', `deploy/kustomize/base/${file}.yaml`];
}

/** As the ServiceAccount of the installation, with its permissions and no others. */
export async function startTheOperator({ cluster, cloud, ledger }: Actors, stack: AsyncDisposableStack): Promise<Operator> {
  const kubeconfigPath = await cluster.controlPlane.kubeconfigFor({ serviceAccount: OPERATOR_ACCOUNT });
  const operator = await ledger.measure('start the operator: ready', async () => {
    const started = stack.use(
      await startOperator({
        kubeconfigPath,
        awsEndpoint: cloud.emulator.endpoint,
        entry: BUILT_OPERATOR,
        // Nothing restarts twice within a minute by default; the demo is shorter than that.
        flags: [`--namespace=${KEYTENDER}`, '--restart-min-interval=1s'],
      }),
    );
    await started.whenReady();
    return started;
  });
  seen(`node dist/main.js controller is ready (process ${operator.pid}) as ServiceAccount ${KEYTENDER}/${OPERATOR_ACCOUNT.name}`);
  return operator;
}

export async function firstSync({ cluster, cloud, ledger }: Actors): Promise<void> {
  const pods = await cluster.pods();
  await ledger.measure('ready: all ExternalSecrets', () => cluster.untilAllReady());
  // Events are written in the background; what follows must not count them.
  await ledger.measure('ready: the store, and Events about all', () => cluster.until('an Event for each', async () => announced(cluster)));
  await cluster.kubectl(LIST);
  const values = await cluster.values('database');
  check(sameEntries(values, cloud.database()), 'the Secret holds what AWS holds');
  check((await cluster.values('payment-api'))['api-key'] === cloud.paymentKey(), 'the key of the payment API is that of AWS');
  check((await cluster.mustGet('secrets', 'orders-tls')).type === 'kubernetes.io/tls', 'the TLS Secret has its type');
  check(sameList(pods, await cluster.pods()), 'the first Secret restarts nobody');
  seen(`the Secrets hold what AWS holds; it took ${inWords(cloud.emulator.calls.byOperation)}`);
}

/** Two refreshes of each secret that find nothing changed. */
export async function steadyState({ cluster, cloud, ledger }: Actors): Promise<void> {
  const [versions, reads] = [await cluster.versions(), cloud.reads()];
  await ledger.measure('nothing changes: two refreshes of each', () =>
    cluster.until('two refreshes of each secret', () => {
      const now = cloud.reads();
      return Promise.resolve(now.every((count, index) => count >= (reads[index] ?? 0) + 2));
    }),
  );
  const { awsCalls, kubernetesWrites } = ledger.last;
  check((await cluster.versions()) === versions, 'no Secret and no ExternalSecret was written');
  check(Object.keys(kubernetesWrites).length === 0, `the audit log shows no write of the operator (${inWords(kubernetesWrites)})`);
  seen(`each secret was read twice again (${inWords(awsCalls)}); the audit log shows no write of the operator`);
}

export async function rotate({ cluster, cloud, ledger }: Actors): Promise<void> {
  const [before, resource, pods] = [await cluster.values('database'), await database(cluster), await cluster.pods()];
  const versionId = cloud.rotatePassword();
  say(`AWS now has version ${versionId.slice(0, 8)}… of production/database/orders`);
  const changed = await ledger.measure('password rotated in AWS: Secret changed', () =>
    cluster.until('the Secret has the new password', async () => {
      const values = await cluster.values('database');
      return sameEntries(values, cloud.database()) && values;
    }),
  );
  answer(table([['key', 'bytes', 'before', 'after'], ...Object.keys(changed).map((key) => comparison(key, before, changed))]));
  await ledger.measure('Secret changed: Deployment rolled', async () => {
    const after = await cluster.until('the ExternalSecret names the new version', async () => {
      const now = await database(cluster);
      return versionOf(now) === versionId && now;
    });
    answer(`content id ${String(resource.status?.['content'])} -> ${String(after.status?.['content'])}`);
    await cluster.until('the pod template bears the content id', async () => (await cluster.marker()) === after.status?.['content']);
    await cluster.kubectl(['rollout', 'status', `deployment/${DEPLOYMENT}`, '-n', NAMESPACE, '--timeout=30s'], lastLines(3));
    await cluster.until('every pod is a new one', async () => (await cluster.pods()).every((uid) => !pods.includes(uid)));
  });
  seen('every pod was started after the change; those with the old password are gone');
}

/** What a user sees when the permission is taken away, and what goes on working. */
export async function denyAccess({ cluster, cloud, ledger }: Actors): Promise<void> {
  const [held, marker] = [await cluster.values('database'), await cluster.marker()];
  cloud.denyDatabases();
  say('in IAM: somebody adds to the role a Deny for production/database/*');
  await ledger.measure('access denied in AWS: the resource says so', () =>
    cluster.until('the ExternalSecret says AccessDenied', async () => readyOf(await database(cluster))?.reason === 'AccessDenied'),
  );
  await cluster.until('an Event says so too', async () =>
    (await cluster.objects.list('events')).some((event) => event['reason'] === 'AccessDenied'),
  );
  await cluster.kubectl(['get', 'externalsecrets', '-n', NAMESPACE]);
  await cluster.kubectl(['describe', 'externalsecret', 'database', '-n', NAMESPACE], conditionsAndEvents);
  check(sameEntries(held, await cluster.values('database')), 'the Secret keeps its last good content');
  check((await cluster.marker()) === marker, 'nothing is restarted by a failure');
  for (const name of ['payment-api', 'orders-tls']) {
    check(readyOf(await cluster.mustGet('externalsecrets', name))?.status === 'True', `${name} is not affected`);
  }
  seen('the Secret keeps its last good content, nothing was restarted, the other two are ready');
}

export async function allowAccess({ cluster, cloud, ledger }: Actors): Promise<void> {
  cloud.allowDatabases();
  say('in IAM: the Deny is gone. The operator would notice after 30 s; force-sync asks for it now:');
  await ledger.measure('access allowed, force-sync: ready again', async () => {
    await cluster.kubectl(['annotate', 'externalsecret', 'database', '-n', NAMESPACE, `keytender.dev/force-sync=${Date.now()}`]);
    await cluster.untilAllReady();
  });
  await cluster.kubectl(['get', 'externalsecrets', '-n', NAMESPACE]);
  seen('ready again');
}

export async function repairDrift({ cluster, cloud, ledger }: Actors): Promise<void> {
  const { metadata } = await cluster.mustGet('secrets', 'payment-api');
  await ledger.measure('Secret deleted by hand: there again', async () => {
    await cluster.kubectl(['delete', 'secret', 'payment-api', '-n', NAMESPACE]);
    await cluster.until('the Secret is there again', async () => {
      const secret = await cluster.objects.get('secrets', 'payment-api');
      return secret !== undefined && secret.metadata.uid !== metadata.uid;
    });
  });
  check((await cluster.values('payment-api'))['api-key'] === cloud.paymentKey(), 'the new Secret holds what AWS holds');
  seen('there again, with what AWS holds');
}

export async function stopTheOperator(operator: Operator, { ledger }: Actors): Promise<void> {
  const exit = await ledger.measure('SIGTERM: the operator has stopped', () => operator.stop());
  check(exit.code === 0, `the operator ends with exit code 0, not ${String(exit.code ?? exit.signal)}`);
  seen('it ended in order, with exit code 0');
}

function database(cluster: Cluster): Promise<AnyObject> {
  return cluster.mustGet('externalsecrets', 'database');
}

async function announced(cluster: Cluster): Promise<boolean> {
  const [store, events] = [await cluster.mustGet('secretstores', 'aws'), await cluster.objects.list('events')];
  const told = (reason: string): number => events.filter((event) => event['reason'] === reason).length;
  return readyOf(store)?.status === 'True' && told('StoreValid') === 1 && told('Created') === 3 && isFound(await database(cluster));
}

/** The status has the workload that is restarted for the Secret. */
function isFound({ status }: AnyObject): boolean {
  const [restart] = (status?.['restarts'] ?? []) as readonly { readonly phase?: string }[];
  return restart?.phase === 'Baseline';
}

function versionOf({ status }: AnyObject): string | undefined {
  const [source] = (status?.['sources'] ?? []) as readonly { readonly versionId: string }[];
  return source?.versionId;
}

function comparison(key: string, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const [old, now] = [before[key] ?? '', after[key] ?? ''];
  return [key, String(now.length), fingerprint(old), old === now ? 'the same' : fingerprint(now)];
}

function sameEntries(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  return sameList(Object.entries(left).map(String), Object.entries(right).map(String));
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());
}

function lastLines(count: number): (output: string) => string {
  return (output) => output.trimEnd().split('\n').slice(-count).join('\n');
}

/** The parts of kubectl's description that say what is wrong. */
function conditionsAndEvents(description: string): string {
  const lines = description.split('\n');
  const part = (from: string, to: (line: string) => boolean): readonly string[] => {
    const start = lines.findIndex((line) => line.trim() === from || line.startsWith(from));
    const length = lines.slice(start + 1).findIndex(to);
    return start < 0 ? [] : lines.slice(start, length < 0 ? undefined : start + 1 + length);
  };
  const conditions = part('Conditions:', (line) => /^ {2}\S/.test(line));
  return ['…', ...conditions, '…', ...part('Events:', () => false)].join('\n');
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this was expected and is not so: ${what}`);
}
