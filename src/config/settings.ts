/** Every setting of the operator as data: flag, default, help and parser. The help text, the flags and the environment variables are derived from it. */
import { STS_AUDIENCES } from '../api/schema/store-auth.ts';
import { logFormats, logLevels } from '../telemetry/log/logger.ts';
import { reloaderSettings } from './reloader-settings.ts';
import { address, audiences, duration, integer, namespace, namespaces, oneOf, queueUrl, toggle } from './setting.ts';

export const settings = {
  namespaces: namespaces({
    flag: 'namespaces',
    fallback: '',
    help: 'Namespaces to serve. May be given several times. Default: all namespaces.',
  }),
  namespace: namespace({
    flag: 'namespace',
    fallback: '',
    help: "The operator's own namespace. Default: the namespace of its pod, or of the context in the kubeconfig.",
  }),
  concurrency: integer(
    {
      flag: 'concurrency',
      fallback: '64',
      help: 'Maximum number of ExternalSecrets of one namespace that are reconciled at the same time. All namespaces together: a quarter more. A quarter of them may send requests to the API server at the same time.',
    },
    1,
    256,
  ),
  clusterStores: toggle({
    flag: 'cluster-stores',
    fallback: 'true',
    help: 'Serve ClusterSecretStores. This needs cluster-wide permissions to list and watch ClusterSecretStores and namespaces.',
  }),
  restart: toggle({
    flag: 'restart',
    fallback: 'true',
    help: 'Restart the workloads that spec.restart names. If false, the operator neither reads nor patches workloads.',
  }),
  argoRollouts: toggle({
    flag: 'argo-rollouts',
    fallback: 'false',
    help: 'Also restart Rollouts of Argo Rollouts. This needs permissions for rollouts.argoproj.io.',
  }),
  restartMinInterval: duration(
    {
      flag: 'restart-min-interval',
      fallback: '60s',
      help: 'Least time between two restarts of one workload. No resource can lower it.',
    },
    '0',
    '24h',
  ),
  restartMaxConcurrent: integer(
    {
      flag: 'restart-max-concurrent',
      fallback: '200',
      help: 'Maximum number of workloads that roll at the same time because of the operator. Namespaces share it.',
    },
    1,
    100_000,
  ),
  restartMaxConcurrentPerNamespace: integer(
    {
      flag: 'restart-max-concurrent-per-namespace',
      fallback: '25',
      help: 'Maximum number of workloads of one namespace that roll at the same time because of the operator.',
    },
    1,
    100_000,
  ),
  restartTargetsWithoutReference: oneOf(
    {
      flag: 'restart-targets-without-reference',
      fallback: 'All',
      help: 'Which targets of spec.restart are restarted although they do not use the Secret. Annotated: those with the annotation restart: "true" for workloads.',
    },
    ['All', 'Annotated'],
  ),
  ...reloaderSettings,
  allowOperatorIdentity: toggle({
    flag: 'allow-operator-identity',
    fallback: 'false',
    help: "Let SecretStores without spec.provider.aws.auth use the operator's own AWS identity. ClusterSecretStores always may.",
  }),
  tokenAudiences: audiences({
    flag: 'token-audiences',
    fallback: STS_AUDIENCES.join(','),
    help: 'Audiences that a store may request ServiceAccount tokens for. The operator requests no token for any other audience.',
  }),
  defaultRefreshInterval: duration(
    { flag: 'default-refresh-interval', fallback: '1h', help: 'Refresh interval of ExternalSecrets without spec.refreshInterval.' },
    '1s',
    '8760h',
  ),
  minRefreshInterval: duration(
    {
      flag: 'min-refresh-interval',
      fallback: '5s',
      help: 'Shortest time between two refreshes of one secret. ExternalSecrets share refreshes, so a shorter spec.refreshInterval has the effect of this interval.',
    },
    '1s',
    '1h',
  ),
  cacheTtl: duration(
    { flag: 'cache-ttl', fallback: '300s', help: 'How long the operator keeps values in memory after a read. 0: it keeps no values.' },
    '0',
    '24h',
  ),
  eventsQueueUrl: queueUrl({
    flag: 'events-queue-url',
    fallback: '',
    help: 'URL of the SQS queue of change events. The operator reads it with its own AWS identity. A ClusterSecretStore can name a queue instead.',
  }),
  eventsMaxAge: duration(
    {
      flag: 'events-max-age',
      fallback: '0',
      help: 'While change events arrive, refresh secrets at this interval instead of a shorter refresh interval. Applies to stores without spec.events.maxAge. 0: events do not change the refresh interval.',
    },
    '0',
    '8760h',
  ),
  allowNamespacedQueues: toggle({
    flag: 'allow-namespaced-queues',
    fallback: 'false',
    help: 'Read the queues of change events that SecretStores name. Events of such a queue concern only secrets that these stores read with their own identity.',
  }),
  leaderElect: toggle({
    flag: 'leader-elect',
    fallback: 'false',
    help: 'Reconcile only while this process holds the Lease. Required for more than one replica.',
  }),
  leaderElectNamespace: namespace({
    flag: 'leader-elect-namespace',
    fallback: '',
    help: "Namespace of the Lease. Default: the operator's own namespace.",
  }),
  leaderElectLeaseDuration: duration(
    {
      flag: 'leader-elect-lease-duration',
      fallback: '15s',
      help: 'How long other replicas wait after the last renewal of the Lease before they take it over.',
    },
    '1s',
    '1h',
  ),
  leaderElectRenewDeadline: duration(
    { flag: 'leader-elect-renew-deadline', fallback: '10s', help: 'How long the leader tries to renew the Lease before it stops leading.' },
    '1s',
    '1h',
  ),
  leaderElectRetryPeriod: duration(
    { flag: 'leader-elect-retry-period', fallback: '2s', help: 'Time between two attempts to acquire or renew the Lease.' },
    '100ms',
    '1h',
  ),
  metricsBindAddress: address({
    flag: 'metrics-bind-address',
    fallback: ':8080',
    help: 'Address that serves /metrics. 0: metrics are not served.',
  }),
  debugEndpoints: toggle({
    flag: 'debug-endpoints',
    fallback: 'false',
    help: 'Serve /debug/freshness at the address of /metrics. It lists every ExternalSecret by name, with the time at which AWS last confirmed its values. It shows no values.',
  }),
  healthProbeBindAddress: address({
    flag: 'health-probe-bind-address',
    fallback: ':8081',
    help: 'Address that serves /livez and /readyz. 0: they are not served.',
  }),
  logLevel: oneOf({ flag: 'log-level', fallback: 'info', help: 'Lowest level that is logged.' }, logLevels),
  logFormat: oneOf(
    { flag: 'log-format', fallback: 'json', help: 'Format of the log: json (one object per line), or text for people.' },
    logFormats,
  ),
} as const;

export type Settings = typeof settings;
export type SettingName = keyof Settings;

/** The environment variable of a flag: `log-level` -> KEYTENDER_LOG_LEVEL. */
export function variableOf(flag: string): string {
  return `KEYTENDER_${flag.toUpperCase().replaceAll('-', '_')}`;
}
