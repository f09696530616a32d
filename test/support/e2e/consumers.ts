// The objects of a user's applications in e2e tests: workloads whose pods the restricted level of Pod Security admits.
import { CONSUMER_IMAGE } from './consumer-image.ts';
import { SALT } from './log-lines.ts';

export interface ConsumerOptions {
  readonly program: string;
  readonly env?: readonly object[];
  /** Mounted at /etc/secret, and named FILES to the program. */
  readonly volume?: object;
  readonly spec?: object;
}

const MOUNT = '/etc/secret';

/** A pod's specification. It is ready when its program says so. */
export function consumerPod({ program, env = [], volume, spec = {} }: ConsumerOptions): object {
  const files = volume === undefined ? [] : [{ name: 'FILES', value: MOUNT }];
  return {
    terminationGracePeriodSeconds: 5,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'app',
        image: CONSUMER_IMAGE,
        imagePullPolicy: 'IfNotPresent',
        args: [program],
        env: [{ name: 'SALT', value: SALT }, ...files, ...env],
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 2 },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        volumeMounts: volume === undefined ? [] : [{ name: 'secret', mountPath: MOUNT, readOnly: true }],
      },
    ],
    volumes: volume === undefined ? [] : [{ name: 'secret', ...volume }],
    ...spec,
  };
}

/** One pod, with the label app=<name>. */
export function deployment(name: string, options: ConsumerOptions): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: workloadSpec(name, options) };
}

export function statefulSet(name: string, options: ConsumerOptions): object {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: { serviceName: name, ...workloadSpec(name, options) } };
}

/** Looks as often as the chart's defaults allow. */
export function externalSecret(name: string, spec: object): object {
  const common = { refreshInterval: '5s', secretStoreRef: { name: 'aws' } };
  return { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata: { name }, spec: { ...common, ...spec } };
}

export function fromSecret(name: string, secret: string, key: string): object {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

function workloadSpec(name: string, options: ConsumerOptions): object {
  const labels = { app: name };
  return { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: consumerPod(options) } };
}
