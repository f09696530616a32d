// The operator as the chart's ServiceAccount: it uses every permission that the chart grants, and no permission is missing.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startApiProxy, type ApiProxy } from '../../support/api-proxy/start.ts';
import { startAwsEmulator } from '../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../support/aws/emulator-surface.ts';
import { chartRules, RELEASE, RELEASE_NAMESPACE } from '../../support/chart.ts';
import type { ChartValues } from '../../support/chart.ts';
import { AuditLog } from '../../support/control-plane/audit-log.ts';
import { startStandardControlPlane } from '../../support/control-plane/shared.ts';
import type { ControlPlane } from '../../support/control-plane/start.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { Objects } from '../../support/operator/objects.ts';
import type { Operator } from '../../support/operator/operator.ts';
import {
  allMarkersOf,
  changeSource,
  configMap,
  createReader,
  createSource,
  readerOf,
  RELOADER,
  secret,
} from '../../support/operator/reloader.ts';
import { makeNode } from '../../support/pod-readier/node.ts';
import { applyRelease, forgetFormerRuns, OPERATOR_USER, startReleased } from './release.ts';
import { makeTenant, Tenant } from './tenant.ts';
import { deniedRequests, unusedRules } from './used-permissions.ts';

/** Asked by the admission plugin itself, which the audit log does not show; see the test of owner references. */
const BY_ADMISSION = /^update externalsecrets\/finalizers\.keytender\.dev/;
/** A part of the ledger of restarts is written when a workload is restarted whose entry is there. */
const LEDGER = /^patch configmaps "keytender-restarts-\d+"/;
const LEDGER_PARTS = 16;
const TEST_TIMEOUT_MS = 180_000;

let cluster: ControlPlane;
let proxy: ApiProxy;
let aws: AwsEmulator;
let operator: Operator | undefined;

beforeAll(async () => {
  [cluster, aws] = await Promise.all([startStandardControlPlane(), startAwsEmulator()]);
  proxy = await startApiProxy(cluster);
  await makeNode(cluster, 'node');
}, 900_000);

afterEach(() => operator?.[Symbol.asyncDispose]());

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await aws?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

/** Starts the operator of a release with these values as on a new cluster; its requests are counted from here. */
async function run(values: ChartValues): Promise<AuditLog> {
  await applyRelease(cluster, values);
  await forgetFormerRuns(cluster);
  const audit = new AuditLog(cluster, OPERATOR_USER);
  operator = await startReleased(cluster, proxy, values, aws.endpoint);
  return audit;
}

/** In order: the lease is given back, and Events that were counted up are written. */
async function stop(): Promise<void> {
  expect(await operator?.stop()).toEqual({ code: 0, signal: null });
}

async function useEverything(tenant: Tenant): Promise<void> {
  await tenant.changeAndRestart(proxy);
  await tenant.repairTwice();
  await tenant.recreate();
  await tenant.merge();
  await tenant.changeOwnership();
  await tenant.useServiceAccount();
  await tenant.objects.untilReason('irsa', 'SecretSynced');
}

/** Whether the ledger in the namespace of the release has an entry of each of these sources. */
async function ledgerHas(names: readonly string[]): Promise<boolean> {
  const ledger = JSON.stringify(await new Objects(cluster.api, RELEASE_NAMESPACE).list('configmaps'));
  return names.every((name) => ledger.includes(name));
}

function unexplained(unused: readonly string[]): readonly string[] {
  const isLedgerUsed = unused.filter((rule) => LEDGER.test(rule)).length < LEDGER_PARTS;
  return unused.filter((rule) => !BY_ADMISSION.test(rule) && !(isLedgerUsed && LEDGER.test(rule)));
}

describe("the chart's permissions", () => {
  it(
    'are all used, and none is missing, in the whole cluster',
    async () => {
      const values = {};
      const audit = await run(values);
      const tenant = await makeTenant(cluster, aws, 'tenant');
      await useEverything(tenant);
      await tenant.useClusterStore();
      await stop();
      await tenant.removeClusterStore();
      const entries = await audit.take();
      expect(deniedRequests(entries)).toEqual([]);
      expect(unexplained(unusedRules(await chartRules(values), entries))).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are all used, and none is missing, in a list of namespaces',
    async () => {
      const tenants = [await makeTenant(cluster, aws, 'left'), await makeTenant(cluster, aws, 'right')];
      const stranger = await makeTenant(cluster, aws, 'stranger');
      const values = { namespaces: tenants.map(({ namespace }) => namespace), clusterStores: { enabled: false } };
      const audit = await run(values);
      await stranger.objects.externalSecret('orders', {
        data: [{ secretKey: 'value', remoteRef: { key: `${stranger.namespace}/orders` } }],
      });
      for (const tenant of tenants) await useEverything(tenant);
      await stop();
      const entries = await audit.take();
      expect(deniedRequests(entries)).toEqual([]);
      expect(unexplained(unusedRules(await chartRules(values), entries))).toEqual([]);
      expect(await stranger.objects.get('secrets', 'orders')).toBeUndefined();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'let ClusterSecretStores serve a list of namespaces',
    async () => {
      const tenant = await makeTenant(cluster, aws, 'listed');
      const audit = await run({ namespaces: [tenant.namespace] });
      await tenant.useClusterStore();
      await stop();
      await tenant.removeClusterStore();
      expect(deniedRequests(await audit.take())).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'for annotations of Reloader are used, and none is missing, with the policies for markers',
    async () => {
      const tenant = await makeTenant(cluster, aws, 'reloader');
      const sources = [secret('foreign-secret'), configMap('foreign-settings')];
      const lists = { [`secret.${RELOADER}/reload`]: 'foreign-secret', [`configmap.${RELOADER}/reload`]: 'foreign-s[a-z]+' };
      const reader = { name: 'reader', on: lists };
      for (const source of sources) await createSource(tenant.objects, source);
      await createReader(tenant.objects, reader);
      await waitUntil('the workload has a pod', async () => (await tenant.objects.list('pods')).length > 0);
      const values = { namespaces: [tenant.namespace], clusterStores: { enabled: false }, restart: { reloaderAnnotations: true } };
      const audit = await run(values);
      await waitUntil('the sources are followed', async () => (await operator?.metric('keytender_followed_sources')) === sources.length);
      await waitUntil('all of them have a baseline', async () => ledgerHas(sources.map(({ name }) => name)));
      for (const source of sources) await changeSource(tenant.objects, source, { key: 'after' });
      const marks = ['restart-configmap.keytender.dev/foreign-settings', 'restart.keytender.dev/foreign-secret'];
      const isMarked = async (): Promise<boolean> => {
        const markers = Object.keys(allMarkersOf(await readerOf(tenant.objects, reader))).toSorted();
        return JSON.stringify(markers) === JSON.stringify(marks);
      };
      // If the changes are seen at different times, the second restart follows the least time of a minute between two.
      await waitUntil('the workload is restarted for both', isMarked, { timeoutMs: 100_000 });
      await stop();
      const entries = await audit.take();
      expect(deniedRequests(entries)).toEqual([]);
      expect(
        unusedRules(await chartRules(values), entries).filter((rule) => /(get|list|watch|patch) configmaps in|stakater/.test(rule)),
      ).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'can be narrowed, and the operator says what it may not do and does the rest',
    async () => {
      const tenant = await makeTenant(cluster, aws, 'narrow');
      const values = { rbac: { schemaCheck: false, serviceAccountTokens: false }, restart: { enabled: false } };
      const audit = await run({ ...values, namespaces: [tenant.namespace], clusterStores: { enabled: false } });
      await tenant.useServiceAccount();
      await tenant.recreate();
      const refused = await tenant.objects.untilReason('irsa', 'Forbidden');
      expect(JSON.stringify(refused.status)).toContain('serviceaccounts');
      expect(operator?.logLines().filter(({ msg }) => msg.startsWith('custom resource definition could not be read'))).toHaveLength(2);
      await stop();
      expect(deniedRequests(await audit.take())).toEqual(['get customresourcedefinitions', 'get serviceaccounts', 'list serviceaccounts']);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'end where a policy of the chart says so, and the operator names it',
    async () => {
      const audit = await run({});
      const tenant = new Tenant(cluster, aws, RELEASE_NAMESPACE);
      await tenant.setUp();
      await tenant.mergeOnly('guarded');
      const refused = await tenant.objects.untilReason('guarded', 'AdmissionDenied');
      expect(JSON.stringify(refused.status)).toContain(`denied by the ValidatingAdmissionPolicy ${RELEASE_NAMESPACE}-${RELEASE}-secrets`);
      expect(await tenant.objects.values('guarded')).toEqual({ own: 'of somebody else' });
      await tenant.objects.delete('externalsecrets', 'guarded');
      await stop();
      expect(deniedRequests(await audit.take())).toEqual(['patch secrets']);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'include the one that owner references need, of which admission asks itself',
    async () => {
      await applyRelease(cluster, {});
      const tenant = await makeTenant(cluster, aws, 'owner');
      const owner = await tenant.objects.externalSecret('owner', {
        suspend: true,
        data: [{ secretKey: 'value', remoteRef: { key: 'x' } }],
      });
      const { name, uid } = owner.metadata;
      const reference = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name, uid, controller: true, blockOwnerDeletion: true };
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'owned',
          namespace: tenant.namespace,
          labels: { 'keytender.dev/managed': 'true' },
          annotations: { [`record.keytender.dev/${uid}`]: '{}' },
          ownerReferences: [reference],
        },
      };
      const kubeconfigPath = await cluster.kubeconfigFor({ serviceAccount: { namespace: RELEASE_NAMESPACE, name: RELEASE } });
      const create = (): Promise<{ readonly code: number; readonly stderr: string }> =>
        cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(secret), kubeconfigPath });
      expect(await create()).toMatchObject({ code: 0 });
      await withoutRule('externalsecrets/finalizers');
      await waitUntil('the owner reference is refused', async () => /cannot set blockOwnerDeletion/.test((await create()).stderr));
    },
    TEST_TIMEOUT_MS,
  );
});

/** Takes the rule about this resource out of the release's ClusterRole. */
async function withoutRule(resource: string): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${RELEASE_NAMESPACE}-${RELEASE}`;
  const { status, body } = await cluster.api.send({ path });
  expect(status).toBe(200);
  const { rules } = body as { readonly rules: readonly { readonly resources: readonly string[] }[] };
  const kept = rules.filter(({ resources }) => !resources.includes(resource));
  expect(kept).toHaveLength(rules.length - 1);
  const patched = await cluster.api.send({ method: 'PATCH', path, body: { rules: kept }, contentType: 'application/merge-patch+json' });
  expect(patched.status).toBe(200);
}
