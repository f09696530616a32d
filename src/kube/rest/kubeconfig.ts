/**
 * The address of the API server and the authentication of requests. client-node does both: kubeconfig, exec plugins, OIDC, and in-cluster
 * tokens, which it reads again every minute. Only KubeConfig of client-node is used.
 */
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { DispatcherOptions, KubeConfig } from '@kubernetes/client-node';
import { failed, ok, type Result } from '../../base/result.ts';
import { loadKubeConfigClass } from './client-node.ts';

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

export interface KubeAuthorization {
  readonly headers: Readonly<Record<string, string>>;
  /** TLS and proxy settings. They change when a certificate file changes. */
  readonly connect: DispatcherOptions;
}

export interface KubeCredentials {
  readonly server: URL;
  /** Namespace of the current context, if it names one. */
  readonly contextNamespace: string | undefined;
  /** Called before each request. It may run an exec plugin. Throws if there are no credentials. */
  authorize(): Promise<KubeAuthorization>;
}

/** The reason why no configuration can be used. The message is for people and quotes no file. */
export interface KubeConfigProblem {
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Loads `file`, else $KUBECONFIG, else ~/.kube/config, else the ServiceAccount of the pod. `loadClass`: for sandboxes that do not allow
 * module hooks.
 */
export async function loadKubeConfig(
  file?: string,
  loadClass: () => Promise<new () => KubeConfig> = loadKubeConfigClass,
): Promise<Result<KubeCredentials, KubeConfigProblem>> {
  const Config = await loadClass();
  const config = new Config();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    return failed({ message: `the kubeconfig cannot be read: ${file ?? process.env['KUBECONFIG'] ?? '~/.kube/config'}`, cause });
  }
  return credentialsOf(config);
}

function credentialsOf(config: KubeConfig): Result<KubeCredentials, KubeConfigProblem> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) return failed({ message: 'the kubeconfig has no current context, or the context names no known cluster' });
  // The default of client-node if it finds no configuration.
  if (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080') {
    return failed({ message: 'no kubeconfig was found and this is no pod with a service account: set KUBECONFIG' });
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server === undefined) return failed({ message: 'the address of the cluster in the kubeconfig is not a URL' });
  if (server.protocol === 'http:' && !cluster.skipTLSVerify) {
    return failed({ message: 'the address of the cluster is plain http: allowed only with insecure-skip-tls-verify' });
  }
  const contextNamespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return ok({ server, contextNamespace, authorize: () => authorize(config) });
}

async function authorize(config: KubeConfig): Promise<KubeAuthorization> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = Object.entries((options.headers ?? {}) as OutgoingHttpHeaders).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  const basic = options.auth == null ? [] : [['authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`] as const];
  return {
    headers: Object.fromEntries([...headers, ...basic]),
    connect: config.createDispatcherOptions(config.getCurrentCluster(), options as AgentOptions),
  };
}

/** The operator's own namespace: from the environment, the ServiceAccount of the pod, or the context of the kubeconfig. */
export async function operatorNamespace(
  credentials: Pick<KubeCredentials, 'contextNamespace'>,
  environment: Readonly<Record<string, string | undefined>>,
  namespaceFile: string = NAMESPACE_FILE,
): Promise<string | undefined> {
  const mounted = await readFile(namespaceFile, 'utf8').catch(() => '');
  const candidates = [mounted.trim(), credentials.contextNamespace, environment['POD_NAMESPACE'], environment['KEYTENDER_NAMESPACE']];
  return candidates.find((candidate) => candidate !== undefined && candidate !== '');
}
