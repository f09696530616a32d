/** The objects at the start of each schedule: ExternalSecrets with their Secrets, and the workloads that read them. */
import type { RestartSpec } from '../../../src/api/schema/restart.ts';
import type { ModelKind, ModelWorkload } from '../fakes/rollout-model.ts';

export const NAMESPACE = 'team';

export interface Writer {
  readonly name: string;
  readonly secret: string;
  readonly policy: 'Owner' | 'Merge';
  readonly keys: readonly string[];
  readonly restart?: RestartSpec;
}

export interface PlannedWorkload extends ModelWorkload {
  readonly kind: ModelKind;
  readonly replicas: number;
  readonly tier: 'canary' | 'main';
  /** The keys of each Secret that its pods read at their start. */
  readonly reads: Readonly<Record<string, 'all' | readonly string[]>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const canaryFirst = [{ name: 'canary', selector: { matchLabels: { tier: 'canary' } } }, { name: 'rest' }];

export const writers: readonly Writer[] = [
  {
    name: 'db',
    secret: 'db',
    policy: 'Owner',
    keys: ['user', 'password'],
    restart: { mode: 'Discover', waves: canaryFirst, maxConcurrent: 1 },
  },
  {
    name: 'api',
    secret: 'api',
    policy: 'Owner',
    keys: ['token', 'url'],
    restart: {
      targets: [
        { kind: 'Deployment', name: 'worker' },
        { kind: 'Deployment', name: 'batch' },
        { kind: 'DaemonSet', name: 'agent' },
        { kind: 'Deployment', name: 'plain' },
      ],
      maxConcurrent: 2,
    },
  },
  { name: 'merge-a', secret: 'shared', policy: 'Merge', keys: ['a'], restart: { mode: 'Discover' } },
  { name: 'merge-b', secret: 'shared', policy: 'Merge', keys: ['b'] },
  { name: 'quiet', secret: 'quiet', policy: 'Owner', keys: ['q'] },
];

function planned(
  kind: ModelKind,
  name: string,
  replicas: number,
  tier: PlannedWorkload['tier'],
  reads: PlannedWorkload['reads'],
): PlannedWorkload {
  return { kind, namespace: NAMESPACE, name, replicas, tier, reads };
}

export const workloads: readonly PlannedWorkload[] = [
  planned('Deployment', 'web', 2, 'canary', { db: 'all' }),
  planned('Deployment', 'worker', 1, 'main', { db: ['password'], api: 'all' }),
  planned('Deployment', 'batch', 1, 'main', { api: ['token'], shared: ['a'] }),
  planned('StatefulSet', 'store', 3, 'main', { db: 'all', shared: ['a', 'b'] }),
  planned('DaemonSet', 'agent', 1, 'main', { api: ['url'] }),
  planned('Deployment', 'plain', 1, 'main', {}),
  { ...planned('Deployment', 'opted', 1, 'main', { quiet: 'all' }), annotations: { 'workload.keytender.dev/restart': 'true' } },
];

export function workloadOf(name: string): PlannedWorkload {
  const found = workloads.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no workload ${name}`);
  return found;
}

export function writerOf(name: string): Writer {
  const found = writers.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no ExternalSecret ${name}`);
  return found;
}

export function externalSecretBody({ name, secret, policy, keys, restart }: Writer): { readonly metadata: object; readonly spec: object } {
  return {
    metadata: { name, namespace: NAMESPACE },
    spec: {
      secretStoreRef: { name: 'aws' },
      target: { name: secret, creationPolicy: policy },
      data: keys.map((key) => ({ secretKey: key, remoteRef: { key: `${name}-${key}` } })),
      ...(restart === undefined ? {} : { restart }),
    },
  };
}

export function workloadBody({ kind, name, replicas, tier, reads, annotations = {} }: PlannedWorkload): {
  readonly metadata: object;
  readonly spec: object;
} {
  const labels = { app: name };
  const env = Object.entries(reads).flatMap(([secret, keys]) =>
    keys === 'all' ? [] : keys.map((key) => ({ name: `${secret}_${key}`, valueFrom: { secretKeyRef: { name: secret, key } } })),
  );
  const envFrom = Object.entries(reads).flatMap(([secret, keys]) => (keys === 'all' ? [{ secretRef: { name: secret } }] : []));
  return {
    metadata: { name, namespace: NAMESPACE, labels: { tier }, annotations },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1', env, envFrom }] } },
    },
  };
}
