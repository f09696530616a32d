// Workloads as the API server sends them, in the sizes that clusters have. Each has names of its own.

const CONDITION = {
  type: 'Available',
  status: 'True',
  lastUpdateTime: '2026-01-01T00:00:00Z',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
};

export interface Sample {
  readonly title: string;
  readonly podSpec: (index: number) => object;
  readonly annotations?: (index: number) => Readonly<Record<string, string>>;
  readonly template?: (index: number) => Readonly<Record<string, string>>;
}

/** Those of issue and chart: without references; with some that nobody manages; with managed ones and their markers. */
export const samples: readonly Sample[] = [
  { title: 'no references', podSpec: () => ({ containers: [container({})] }) },
  {
    title: 'pull secret, one Secret, one ConfigMap',
    podSpec: (index) => ({
      containers: [container({ envFrom: [{ configMapRef: { name: `settings-${index}` } }, { secretRef: { name: `secret-${index}` } }] })],
      imagePullSecrets: [{ name: 'registry' }],
    }),
  },
  {
    title: '3 Secrets (4 keys each), 2 ConfigMaps, 3 markers, 2 settings',
    podSpec: (index) => ({
      containers: [container({ env: variables(index), volumeMounts: [{ name: 'files', mountPath: '/files' }] })],
      volumes: [
        { name: 'files', projected: { sources: [0, 1].map((number) => ({ configMap: { name: `settings-${index}-${number}` } })) } },
      ],
      imagePullSecrets: [{ name: 'registry' }],
    }),
    annotations: () => ({ 'workload.keytender.dev/restart': 'true', 'workload.keytender.dev/live-reload': 'configmap/settings' }),
    template: (index) =>
      Object.fromEntries([0, 1, 2].map((number) => [`restart.keytender.dev/secret-${index}-${number}`, marker(index, number)])),
  },
];

/** A JSON text, as it comes from the watch. */
export function deploymentText({ podSpec, annotations, template }: Sample, index: number): string {
  const name = `application-${index}`;
  const labels = {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/version': '1.2.3',
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.sh/chart': 'application-1.2.3',
    team: `team-${index % 100}`,
  };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: `team-${index % 100}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(1_000_000 + index),
      generation: 7,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '7', 'meta.helm.sh/release-name': name, ...annotations?.(index) },
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      template: { metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', ...template?.(index) } }, spec: podSpec(index) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      progressDeadlineSeconds: 600,
    },
    status: {
      observedGeneration: 7,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [CONDITION, { ...CONDITION, type: 'Progressing', reason: 'NewReplicaSetAvailable' }],
    },
  });
}

function container(more: object): object {
  const probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, failureThreshold: 3 };
  return {
    name: 'app',
    image: 'registry.example/team/application:1.2.3',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: { limits: { memory: '512Mi' }, requests: { cpu: '100m', memory: '512Mi' } },
    livenessProbe: probe,
    readinessProbe: probe,
    ...more,
  };
}

function variables(index: number): readonly object[] {
  return [0, 1, 2].flatMap((number) =>
    ['host', 'port', 'username', 'password'].map((key) => ({
      name: `${key}_${number}`,
      valueFrom: { secretKeyRef: { name: `secret-${index}-${number}`, key } },
    })),
  );
}

function marker(index: number, number: number): string {
  return `${number + 1}.a1b2c3d4:${String(index).padStart(43, 'x')}`;
}
