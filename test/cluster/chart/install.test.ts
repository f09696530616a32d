// The chart on a real API server: installed over an older one, upgraded, uninstalled, installed again; its permissions, and the examples.
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startControlPlane } from '../../support/control-plane/start.ts';
import type { ControlPlane } from '../../support/control-plane/start.ts';
import type { CommandResult } from '../../support/control-plane/run-command.ts';
import { CHART_FOLDER, chartRules, helm, parseObjects, RELEASE, RELEASE_NAMESPACE, renderChart } from '../../support/chart.ts';
import type { ChartObject, ChartRule, ChartValues } from '../../support/chart.ts';
import { deploymentOf } from './chart-objects.ts';

const EXAMPLES = fileURLToPath(new URL('../../../deploy/examples', import.meta.url));
const START_TIMEOUT_MS = 900_000;

let cluster: ControlPlane;
let olderChart: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  olderChart = await chartWithOlderSchema();
  await mustKubectl(['create', 'namespace', 'orders']);
  await mustKubectl(['create', 'namespace', 'billing']);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await rm(olderChart, { recursive: true, force: true });
  await cluster[Symbol.asyncDispose]();
});

describe('the life of a release', () => {
  it('is installed, and says what to do next', async () => {
    const { code, stdout, stderr } = await release('install', {}, olderChart, '--create-namespace');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('kind: SecretStore');
    expect(await missing(await renderChart())).toEqual([]);
    expect(await schemaAnnotation()).toBe('older');
  });

  it('upgrades the CustomResourceDefinitions with itself, and keeps their objects', async () => {
    await apply(externalSecret('kept', {}));
    expect((await kubectl(['apply', '-f', '-'], JSON.stringify(externalSecret('paused', { suspend: true })))).stderr).toMatch(
      /unknown field "spec.suspend"/,
    );

    expect((await release('upgrade', {})).stderr).toBe('');

    expect(await schemaAnnotation()).not.toBe('older');
    await apply(externalSecret('paused', { suspend: true }));
    expect(await kubectl(['get', 'externalsecrets.keytender.dev', '-n', 'orders', 'kept'])).toMatchObject({ code: 0 });
  });

  it('has exactly the permissions of its rules, in the whole cluster', async () => {
    const rules = await chartRules();
    expect(await refused(rules)).toEqual([]);
    const account = RELEASE_NAMESPACE;
    expect(await allowed({ ...NOWHERE, namespace: account, apiGroup: 'apps', resource: 'deployments', verb: 'delete' })).toBe(false);
    expect(await allowed({ ...NOWHERE, apiGroup: 'keytender.dev', resource: 'externalsecrets', verb: 'patch' })).toBe(false);
    expect(
      await allowed({ ...NOWHERE, apiGroup: 'coordination.k8s.io', resource: 'leases', verb: 'patch', name: 'other', namespace: account }),
    ).toBe(false);
    expect(await allowed({ ...NOWHERE, apiGroup: '', resource: 'secrets', verb: 'get', namespace: 'kube-system' })).toBe(true);
  });

  it('gives up the cluster when it is limited to namespaces', async () => {
    const values = { namespaces: ['orders', 'billing'], replicas: 2 };
    expect((await release('upgrade', values)).stderr).toBe('');
    expect(await missing(await renderChart(values))).toEqual([]);
    expect(await refused(await chartRules(values))).toEqual([]);
    for (const namespace of ['default', 'kube-system', RELEASE_NAMESPACE]) {
      expect(await allowed({ ...NOWHERE, apiGroup: '', resource: 'secrets', verb: 'list', namespace })).toBe(false);
    }
    expect(await allowed({ ...NOWHERE, apiGroup: '', resource: 'secrets', verb: 'list' })).toBe(false);
    expect(await allowed({ ...NOWHERE, apiGroup: '', resource: 'secrets', verb: 'list', namespace: 'billing' })).toBe(true);
  });

  it('makes pods that the restricted profile admits', async () => {
    await mustKubectl(['label', 'namespace', RELEASE_NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted', '--overwrite']);
    const { metadata, spec } = deploymentOf(await renderChart()).spec.template;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'trial', namespace: RELEASE_NAMESPACE }, spec };
    expect(await dryRun(JSON.stringify(pod))).toMatchObject({ code: 0, stderr: '' });
    const rooted = { ...pod, spec: { ...spec, securityContext: { runAsUser: 0 } } };
    expect((await dryRun(JSON.stringify(rooted))).stderr).toMatch(/violates PodSecurity "restricted/);
  });

  it('leaves definitions and objects behind when it is uninstalled, takes everything else with it, and can come back', async () => {
    const objects = await renderChart({ namespaces: ['orders', 'billing'], replicas: 2 });
    const { code } = await helm(['uninstall', RELEASE, '--namespace', RELEASE_NAMESPACE, '--wait'], { env: helmEnvironment() });
    expect(code).toBe(0);
    const ours = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    expect(await missing(ours)).toEqual(ours.map(keyOf));
    expect(await missing(objects.filter(({ kind }) => kind === 'CustomResourceDefinition'))).toEqual([]);
    expect(await kubectl(['get', 'externalsecrets.keytender.dev', '-n', 'orders', 'kept', 'paused'])).toMatchObject({ code: 0 });

    expect((await release('install', {})).stderr).toBe('');
    expect(await missing(await renderChart())).toEqual([]);
  });

  it('takes over definitions that were applied by hand only when it is told to', async () => {
    await helm(['uninstall', RELEASE, '--namespace', RELEASE_NAMESPACE, '--wait'], { env: helmEnvironment() });
    for (const plural of ['externalsecrets', 'secretstores', 'clustersecretstores']) {
      const own = ['meta.helm.sh/release-name-', 'meta.helm.sh/release-namespace-'];
      await mustKubectl(['annotate', 'crd', `${plural}.keytender.dev`, ...own]);
    }
    expect((await release('install', {})).stderr).toMatch(/CustomResourceDefinition .* exists and cannot be imported/);
    expect((await release('install', {}, CHART_FOLDER, '--take-ownership')).stderr).toBe('');
    expect(await schemaAnnotation()).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the examples', () => {
  it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml')))('%s is taken by the API server', async (name) => {
    expect(await dryRun(readFileSync(join(EXAMPLES, name), 'utf8'))).toMatchObject({ code: 0, stderr: '' });
  });

  it('would be refused with a field that is not there', async () => {
    const [example = {}] = parseObjects(readFileSync(join(EXAMPLES, 'external-secret-simple.yaml'), 'utf8'));
    const spec = { ...((example as ChartObject)['spec'] as object), refreshIntervall: '5m' };
    expect((await dryRun(JSON.stringify({ ...example, spec }))).stderr).toMatch(/unknown field "spec.refreshIntervall"/);
  });

  it('are all in the table of the README', () => {
    const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
    for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'))) expect(readme).toContain(`\`${name}\``);
  });
});

const NOWHERE = { namespace: undefined, name: undefined } as const;

/** Its own home: helm keeps what it discovered of a cluster by host and port, and another cluster may have had the same port. */
function helmEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, HOME: cluster.coordinates.folder, KUBECONFIG: cluster.kubeconfigPath };
}

function release(
  action: 'install' | 'upgrade',
  values: ChartValues,
  chart = CHART_FOLDER,
  ...args: readonly string[]
): Promise<CommandResult> {
  return helm([action, RELEASE, chart, '--namespace', RELEASE_NAMESPACE, '--values', '-', ...args], {
    input: JSON.stringify(values),
    env: helmEnvironment(),
  });
}

/** The chart as an earlier version could have been: a field is not there yet. */
async function chartWithOlderSchema(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keytender-chart-'));
  await cp(CHART_FOLDER, folder, { recursive: true });
  const file = join(folder, 'templates/crds/externalsecrets.yaml');
  const text = await readFile(file, 'utf8');
  const older = text.replace(/( {4}keytender\.dev\/schema: )\S+/, '$1older').replaceAll(/^( +)suspend:\n(\1 +.*\n)+/gm, '');
  expect(older).not.toContain('suspend:');
  await writeFile(file, older);
  return folder;
}

async function schemaAnnotation(): Promise<string> {
  const path = 'jsonpath={.metadata.annotations.keytender\\.dev/schema}';
  return (await kubectl(['get', 'crd', 'externalsecrets.keytender.dev', '-o', path])).stdout;
}

function externalSecret(name: string, fields: object): object {
  const spec = { secretStoreRef: { name: 'aws' }, dataFrom: [{ extract: { key: 'a' } }], ...fields };
  return { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata: { name, namespace: 'orders' }, spec };
}

function kubectl(args: readonly string[], input?: string): Promise<CommandResult> {
  return cluster.kubectl(args, input === undefined ? {} : { input });
}

async function mustKubectl(args: readonly string[], input?: string): Promise<void> {
  expect(await kubectl(args, input)).toMatchObject({ code: 0 });
}

function apply(object: object): Promise<void> {
  return mustKubectl(['apply', '-f', '-'], JSON.stringify(object));
}

function dryRun(manifest: string): Promise<CommandResult> {
  return kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], manifest);
}

/** Those that the API server does not have. */
async function missing(objects: readonly ChartObject[]): Promise<readonly string[]> {
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { stdout } = await kubectl(['get', '-f', '-', '--ignore-not-found', '-o', 'json'], manifest);
  const text = stdout.trim() === '' ? '{"items":[]}' : stdout;
  const found = JSON.parse(text) as { readonly items?: readonly ChartObject[] } & ChartObject;
  const there = new Set((found.items ?? [found]).map(keyOf));
  return objects.map(keyOf).filter((key) => !there.has(key));
}

function keyOf({ kind, metadata }: ChartObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

async function refused(rules: readonly ChartRule[]): Promise<readonly ChartRule[]> {
  const answers = await Promise.all(rules.map(allowed));
  return rules.filter((_, index) => answers[index] !== true);
}

/** Asks the API server about the operator's ServiceAccount. */
async function allowed({ namespace, apiGroup, resource, verb, name }: ChartRule): Promise<boolean> {
  const [kind, subresource] = resource.split('/');
  const resourceAttributes = { namespace, group: apiGroup, resource: kind, subresource, verb, name };
  const spec = { user: `system:serviceaccount:${RELEASE_NAMESPACE}:keytender`, groups: ['system:authenticated'], resourceAttributes };
  const { body } = await cluster.api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
  });
  return (body as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
