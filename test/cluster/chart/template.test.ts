// The chart rendered by the real helm: a table of value sets, each with expectations for the result.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { leaseNameOf } from '../../../src/api/installation.ts';
import { parseInvocation } from '../../../src/config.ts';
import { CHART_FOLDER, helm, renderChart, rulesOf, testedKubeVersion } from '../../support/chart.ts';
import type { ChartObject, ChartValues } from '../../support/chart.ts';
import { containerOf, deploymentOf, environmentOf, kindsOf, only } from './chart-objects.ts';
import { expectLeastPrivilege, expectRestricted, expectWellFormed, operatorConfig } from './rendered-operator.ts';

const IRSA = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/keytender' };

interface Case {
  readonly values: ChartValues;
  readonly check: (objects: readonly ChartObject[]) => void;
}

const cases: Readonly<Record<string, Case>> = {
  'nothing: one replica for the whole cluster': {
    values: {},
    check: (objects) => {
      expect(kindsOf(objects)).toEqual([
        'ClusterRole',
        'ClusterRoleBinding',
        'CustomResourceDefinition',
        'CustomResourceDefinition',
        'CustomResourceDefinition',
        'Deployment',
        'NetworkPolicy',
        'Role',
        'RoleBinding',
        'Service',
        'ServiceAccount',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
        'ValidatingAdmissionPolicyBinding',
        'ValidatingAdmissionPolicyBinding',
      ]);
      const { args } = containerOf(objects);
      expect(args[0]).toBe('controller');
      expect(args.filter((arg) => /^--(namespaces|cluster-stores|restart|allow-operator-identity)(=|$)/.test(arg))).toEqual([]);
    },
  },
  'more replicas: a budget that lets drains pass, and spreading': {
    values: { replicas: 3 },
    check: (objects) => {
      expect(only(objects, 'PodDisruptionBudget')['spec']).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
      expect(deploymentOf(objects).spec.template.spec.topologySpreadConstraints).toHaveLength(1);
      expect(deploymentOf(objects).spec.replicas).toBe(3);
    },
  },
  'no budget': {
    values: { replicas: 2, podDisruptionBudget: { enabled: false } },
    check: (objects) => expect(kindsOf(objects)).not.toContain('PodDisruptionBudget'),
  },
  'shards: the Lease of each': {
    values: { rbac: { shards: ['a', 'b'] } },
    check: (objects) => {
      const leases = rulesOf(objects).filter(({ resource, verb }) => resource === 'leases' && verb !== 'create');
      expect(new Set(leases.map(({ name }) => name))).toEqual(new Set([leaseNameOf(), leaseNameOf('a'), leaseNameOf('b')]));
    },
  },
  'no leader election: never two at once, and no lease': {
    values: { leaderElect: false },
    check: (objects) => {
      expect(deploymentOf(objects).spec.strategy).toEqual({ type: 'Recreate' });
      expect(rulesOf(objects).filter(({ resource }) => resource === 'leases')).toEqual([]);
      expect(containerOf(objects).args).toContain('--leader-elect=false');
    },
  },
  'two namespaces: Secrets there only': {
    values: { namespaces: ['orders', 'billing'] },
    check: (objects) => {
      expect(containerOf(objects).args).toContain('--namespaces=orders,billing');
      const rules = rulesOf(objects);
      expect([
        ...new Set(rules.filter(({ verb }) => verb === 'watch').map(({ namespace, resource }) => `${namespace ?? '*'} ${resource}`)),
      ]).toEqual(expect.arrayContaining(['orders secrets', 'billing secrets', '* clustersecretstores', '* namespaces']));
      expect(
        rules.filter(
          ({ namespace, resource }) => namespace === undefined && !/^(clustersecretstores|namespaces|customresource)/.test(resource),
        ),
      ).toEqual([]);
      expect(rules.filter(({ namespace, resource }) => namespace === 'keytender' && resource === 'secrets')).toEqual([
        { namespace: 'keytender', apiGroup: '', resource: 'secrets', verb: 'create', name: undefined },
        { namespace: 'keytender', apiGroup: '', resource: 'secrets', verb: 'get', name: 'keytender-digest-key' },
      ]);
      expect(rules.filter(({ namespace }) => namespace === 'default').map(({ resource, verb }) => `${verb} ${resource}`)).toEqual([
        'create events',
        'patch events',
      ]);
    },
  },
  'names that look like numbers': {
    values: {
      namespaces: ['123'],
      nameOverride: '456',
      fullnameOverride: '789',
      serviceAccount: { name: '1e3' },
      extraCA: { configMap: '007' },
    },
    check: (objects) => {
      expect(only(objects, 'ServiceAccount').metadata.name).toBe('1e3');
      expect(only(objects, 'Deployment').metadata.labels).toMatchObject({ 'app.kubernetes.io/name': '456' });
      expect(JSON.stringify(objects)).not.toMatch(/"(name|namespace|key|path|serviceAccountName|app.kubernetes.io\/\w+)":[^"[{]/);
      expect(rulesOf(objects).map(({ namespace }) => namespace)).toContain('123');
    },
  },
  'its own namespace among them: no second rule for Secrets': {
    values: { namespaces: ['keytender'], clusterStores: { enabled: false } },
    check: (objects) => {
      const secrets = rulesOf(objects).filter(({ resource }) => resource === 'secrets');
      expect(new Set(secrets.map(({ verb, namespace }) => `${namespace ?? '*'} ${verb}`)).size).toBe(secrets.length);
    },
  },
  'no ClusterRole at all': {
    values: {
      namespaces: ['orders'],
      clusterStores: { enabled: false },
      rbac: { schemaCheck: false },
      crds: { install: false },
      admissionPolicy: { enabled: false },
    },
    check: (objects) => {
      expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
      expect(containerOf(objects).args).toContain('--cluster-stores=false');
      expect(rulesOf(objects).filter(({ namespace }) => namespace === 'default')).toEqual([]);
    },
  },
  'no restarts: no right to any workload': {
    values: { restart: { enabled: false } },
    check: (objects) => {
      expect(rulesOf(objects).filter(({ apiGroup, resource }) => apiGroup === 'apps' || resource === 'pods')).toEqual([]);
      expect(containerOf(objects).args).toContain('--restart=false');
    },
  },
  'no tokens of ServiceAccounts': {
    values: { rbac: { serviceAccountTokens: false } },
    check: (objects) => expect(rulesOf(objects).filter(({ resource }) => resource.startsWith('serviceaccounts'))).toEqual([]),
  },
  'own RBAC': {
    values: { rbac: { create: false } },
    check: (objects) => expect(kindsOf(objects).filter((kind) => kind.includes('Role'))).toEqual([]),
  },
  'roles for people give the operator nothing': {
    values: { rbac: { aggregateToDefaultRoles: true } },
    check: (objects) => {
      expect(kindsOf(objects).filter((kind) => kind === 'ClusterRole')).toHaveLength(3);
      expect(rulesOf(objects).filter(({ apiGroup, verb }) => apiGroup === 'keytender.dev' && verb === 'deletecollection')).toEqual([]);
    },
  },
  'IRSA: no fallback to the role of the node': {
    values: { serviceAccount: { annotations: IRSA }, aws: { region: 'eu-central-1' } },
    check: (objects) => {
      expect(only(objects, 'ServiceAccount').metadata.annotations).toEqual(IRSA);
      expect(environmentOf(objects)).toMatchObject({ AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'eu-central-1' });
    },
  },
  'instance metadata where it is wanted': {
    values: { serviceAccount: { annotations: IRSA }, aws: { instanceMetadata: 'enabled' }, networkPolicy: { restrictEgress: true } },
    check: (objects) => {
      expect(environmentOf(objects)).not.toHaveProperty('AWS_EC2_METADATA_DISABLED');
      expect(JSON.stringify(only(objects, 'NetworkPolicy'))).toContain('169.254.169.254/32');
    },
  },
  'an existing ServiceAccount': {
    values: { serviceAccount: { create: false, name: 'mine' } },
    check: (objects) => {
      expect(kindsOf(objects)).not.toContain('ServiceAccount');
      expect(deploymentOf(objects).spec.template.spec.serviceAccountName).toBe('mine');
      expect(only(objects, 'ClusterRoleBinding')['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'mine', namespace: 'keytender' }]);
    },
  },
  'proxy and certificate authority': {
    values: { proxy: { httpsProxy: 'http://proxy.internal:3128', noProxy: '10.0.0.0/8' }, extraCA: { configMap: 'corporate-ca' } },
    check: (objects) => {
      const environment = environmentOf(objects);
      expect(environment).toMatchObject({ HTTPS_PROXY: 'http://proxy.internal:3128', NODE_EXTRA_CA_CERTS: '/etc/keytender/ca/ca.crt' });
      expect(environment['NO_PROXY']).toMatch(/^\$\(KUBERNETES_SERVICE_HOST\),.*,10\.0\.0\.0\/8$/);
      expect(environment).not.toHaveProperty('HTTP_PROXY');
      expect(containerOf(objects).volumeMounts).toEqual([{ name: 'extra-ca', mountPath: '/etc/keytender/ca', readOnly: true }]);
    },
  },
  'image by digest from a registry': {
    values: { image: { registry: 'registry.example/team', digest: `sha256:${'a'.repeat(64)}` } },
    check: (objects) => expect(containerOf(objects).image).toBe(`registry.example/team/keytender@sha256:${'a'.repeat(64)}`),
  },
  'everything else that shapes the pod': {
    values: {
      nameOverride: 'kt',
      commonLabels: { team: 'platform' },
      podLabels: { tier: 'control' },
      podAnnotations: { note: 'x' },
      deploymentAnnotations: { note: 'y' },
      imagePullSecrets: [{ name: 'pull' }],
      extraArgs: ['--concurrency=7'],
      extraEnv: [{ name: 'AWS_USE_FIPS_ENDPOINT', value: 'true' }],
      extraVolumes: [{ name: 'x', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'x', mountPath: '/x' }],
      podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
      allowOperatorIdentity: true,
      metrics: { port: 9090, service: { annotations: { a: 'b' }, labels: { c: 'd' } } },
      log: { level: 'debug', format: 'text' },
    },
    check: (objects) => {
      const { metadata, spec } = deploymentOf(objects).spec.template;
      expect(metadata).toMatchObject({ labels: { team: 'platform', tier: 'control' }, annotations: { note: 'x' } });
      expect(spec).toMatchObject({
        priorityClassName: 'system-cluster-critical',
        tolerations: [{ operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
      });
      expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(containerOf(objects).args).toEqual(
        expect.arrayContaining([
          '--allow-operator-identity=true',
          '--log-level=debug',
          '--log-format=text',
          '--metrics-bind-address=:9090',
          '--concurrency=7',
        ]),
      );
      expect(environmentOf(objects)).toMatchObject({ AWS_USE_FIPS_ENDPOINT: 'true' });
      expect(only(objects, 'Service')['spec']).toMatchObject({ ports: [{ port: 9090, targetPort: 'metrics' }] });
    },
  },
};

describe('every value set', () => {
  it.each(Object.entries(cases))('%s', async (_, { values, check }) => {
    const objects = await renderChart(values);
    check(objects);
    expectLeastPrivilege(objects);
    expectRestricted(objects);
    expectWellFormed(objects);
    expect(operatorConfig(objects)).toBeDefined();
  });
});

describe('the operator', () => {
  it('reads from the chart what it would do without flags, and leader election', async () => {
    const byDefault = parseInvocation(['controller'], {}, '0');
    if (byDefault.kind !== 'run') throw new Error('the defaults of the operator are refused by itself');
    expect(operatorConfig(await renderChart())).toEqual({ ...byDefault.config, leaderElect: true });
  });

  it('reads what the values say', async () => {
    const values = {
      namespaces: ['orders', 'billing'],
      concurrency: 256,
      defaultRefreshInterval: '5m',
      minRefreshInterval: '30s',
      cache: { ttl: '0' },
      clusterStores: { enabled: false },
      restart: { enabled: false },
      allowOperatorIdentity: true,
      leaderElect: false,
      log: { level: 'trace', format: 'text' },
      metrics: { port: 9090 },
      debugEndpoints: { enabled: true },
      health: { port: 9091 },
    };
    expect(operatorConfig(await renderChart(values))).toMatchObject({
      namespaces: ['orders', 'billing'],
      concurrency: 256,
      defaultRefreshInterval: 300_000,
      minRefreshInterval: 30_000,
      cacheTtl: 0,
      clusterStores: false,
      restart: false,
      allowOperatorIdentity: true,
      leaderElect: false,
      logLevel: 'trace',
      logFormat: 'text',
      metricsBindAddress: { port: 9090 },
      debugEndpoints: true,
      healthProbeBindAddress: { port: 9091 },
    });
  });
});

it('passes helm lint --strict', async () => {
  const { code, stdout } = await helm(['lint', '--strict', CHART_FOLDER, '--kube-version', testedKubeVersion()]);
  expect(stdout).toMatch(/0 chart\(s\) failed/);
  expect(code).toBe(0);
});

it('has the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8')) as {
    readonly version: string;
  };
  const { stdout } = await helm(['show', 'chart', CHART_FOLDER]);
  expect(stdout).toContain(`\nversion: ${version}\n`);
  expect(stdout).toContain(`appVersion: ${version}\n`);
});
