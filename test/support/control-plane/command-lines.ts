// The command lines of the control plane's processes.
import { join } from 'node:path';

export const SERVICE_ACCOUNT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Files and folders of one control plane. */
export interface Layout {
  readonly folder: string;
  readonly pki: string;
  readonly etcdData: string;
  readonly logs: string;
  readonly auditLog: string;
  readonly auditPolicy: string;
  readonly controllerManagerKubeconfig: string;
}

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** Audit: every request once it is answered, without bodies (values of Secrets must not reach a log). */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
} as const;

export function layoutOf(folder: string): Layout {
  return {
    folder,
    pki: join(folder, 'pki'),
    etcdData: join(folder, 'etcd'),
    logs: join(folder, 'logs'),
    auditLog: join(folder, 'logs', 'audit.log'),
    auditPolicy: join(folder, 'audit-policy.json'),
    controllerManagerKubeconfig: join(folder, 'kube-controller-manager.kubeconfig'),
  };
}

export function etcdArgs(layout: Layout, ports: Ports): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return flags({
    name: 'e',
    'data-dir': layout.etcdData,
    'log-level': 'warn',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `e=${peer}`,
    // The state does not outlive a test run, so it need not survive a power cut.
    'unsafe-no-fsync': 'true',
    'quota-backend-bytes': String(4 * 1024 ** 3),
  });
}

export function apiServerArgs(
  layout: Layout,
  ports: Ports,
  admissionPlugins: readonly string[],
  extra: readonly string[],
): readonly string[] {
  const server = {
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(ports.apiServer),
    'tls-cert-file': join(layout.pki, 'apiserver.crt'),
    'tls-private-key-file': join(layout.pki, 'apiserver.key'),
    'client-ca-file': join(layout.pki, 'ca.crt'),
    'token-auth-file': join(layout.pki, 'tokens.csv'),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': ['NodeRestriction', ...admissionPlugins].join(','),
    'service-account-issuer': SERVICE_ACCOUNT_ISSUER,
    'service-account-key-file': join(layout.pki, 'sa.pub'),
    'service-account-signing-key-file': join(layout.pki, 'sa.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'kubelet-client-certificate': join(layout.pki, 'kubelet-client.crt'),
    'kubelet-client-key': join(layout.pki, 'kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'endpoint-reconciler-type': 'none',
    'allow-privileged': 'true',
    'audit-policy-file': layout.auditPolicy,
    'audit-log-path': layout.auditLog,
    // The default is a rotation at 100 MB, after which a test that counts lines would see only the last part.
    'audit-log-maxsize': '4096',
  };
  return [...flags(server), ...extra];
}

export function controllerManagerArgs(layout: Layout, extra: readonly string[]): readonly string[] {
  const manager = {
    kubeconfig: layout.controllerManagerKubeconfig,
    'leader-elect': 'false',
    'secure-port': '0',
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
    'service-account-private-key-file': join(layout.pki, 'sa.key'),
    'root-ca-file': join(layout.pki, 'ca.crt'),
  };
  return [...flags(manager), ...extra];
}

function flags(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
