/** Every setting of the operator as data: flag, default, help and parser. The help text, the flags and the environment variables are derived from it. */
import { MAX_AUDIENCE_LENGTH, STS_AUDIENCES } from '../api/secret-store.ts';
import { QUEUE_URL } from '../api/store-events.ts';
import { type Ms, ms } from '../base/clock.ts';
import { parseDuration } from '../base/duration.ts';
import { type BindAddress, parseBindAddress } from '../telemetry/bind-address.ts';
import { logFormats, logLevels } from '../telemetry/logger.ts';

export interface Setting<T> {
  /** The name without dashes. The environment variable is derived from it: `log-level` is also KEYTENDER_LOG_LEVEL. */
  readonly flag: string;
  /** The default, as text of the flag. Empty if `help` describes the default. */
  readonly fallback: string;
  /** The placeholder for the value in the help text. Undefined for a boolean flag, which needs no value. */
  readonly placeholder?: string;
  readonly help: string;
  /** The accepted values; completes the sentence "want …". */
  readonly accepts: string;
  /** Undefined if the text is not accepted. */
  readonly read: (text: string) => T | undefined;
  /** The flag may be given several times; its values form one list. */
  readonly repeatable?: boolean;
}

type Described = Pick<Setting<unknown>, 'flag' | 'fallback' | 'help'>;

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function toggle(described: Described): Setting<boolean> {
  const words = new Map([
    ['true', true],
    ['false', false],
  ]);
  return { ...described, accepts: 'true or false', read: (text) => words.get(text) };
}

function oneOf<T extends string>(described: Described, values: readonly T[]): Setting<T> {
  const accepts = `one of ${values.join(', ')}`;
  return { ...described, placeholder: values.join('|'), accepts, read: (text) => values.find((value) => value === text) };
}

function duration(described: Described, least: string, most: string): Setting<Ms> {
  const [from, to] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0];
  const read = (text: string): Ms | undefined => {
    const parsed = parseDuration(text);
    return parsed !== undefined && parsed >= from && parsed <= to ? ms(Math.round(parsed)) : undefined;
  };
  return { ...described, placeholder: 'duration', accepts: `a duration from ${least} to ${most}, such as 90s or 1h30m`, read };
}

function integer(described: Described, least: number, most: number): Setting<number> {
  const read = (text: string): number | undefined => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  return { ...described, placeholder: 'number', accepts: `a whole number from ${least} to ${most}`, read };
}

function address(described: Described): Setting<BindAddress> {
  return {
    ...described,
    placeholder: 'address',
    accepts: '[host]:port, such as :8080 or 127.0.0.1:8080, or 0 for none',
    read: parseBindAddress,
  };
}

/** Null if the setting is not given. */
function readNamespace(text: string): string | null | undefined {
  if (text === '') return null;
  return DNS_LABEL.test(text) ? text : undefined;
}

function namespace(described: Described): Setting<string | null> {
  return { ...described, placeholder: 'namespace', accepts: 'the name of a namespace', read: readNamespace };
}

function readNamespaces(text: string): readonly string[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  const listed = [...new Set(parts.filter((part) => part !== ''))];
  return listed.every((part) => DNS_LABEL.test(part)) ? listed : undefined;
}

function namespaces(described: Described): Setting<readonly string[]> {
  const accepts = 'names of namespaces, separated by commas';
  return { ...described, placeholder: 'namespace,…', accepts, repeatable: true, read: readNamespaces };
}

/** Null if the setting is not given. */
function readQueueUrl(text: string): string | null | undefined {
  if (text === '') return null;
  return QUEUE_URL.test(text) ? text : undefined;
}

function queueUrl(described: Described): Setting<string | null> {
  const accepts = 'the URL of a standard queue, such as https://sqs.eu-central-1.amazonaws.com/111122223333/keytender';
  return { ...described, placeholder: 'url', accepts, read: readQueueUrl };
}

/** Audiences as in a TokenRequest, separated by commas. */
function readAudiences(text: string): readonly string[] | undefined {
  const listed = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  const fit = listed.length > 0 && listed.every((part) => part.length <= MAX_AUDIENCE_LENGTH && !/\s/.test(part));
  return fit ? listed : undefined;
}

function audiences(described: Described): Setting<readonly string[]> {
  const accepts = `audiences of at most ${MAX_AUDIENCE_LENGTH} characters without spaces, separated by commas`;
  return { ...described, placeholder: 'audience,…', accepts, repeatable: true, read: readAudiences };
}

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
      help: 'How many ExternalSecrets are reconciled at the same time: at most this number for one namespace, and a quarter more in all if several namespaces have work. A quarter of them may use the API server at the same time.',
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
