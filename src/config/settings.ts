/** Every setting of the operator as data: its flag, default, meaning and how its text is read. Help, parsing and the environment follow from it. */
import { MAX_AUDIENCE_LENGTH, STS_AUDIENCES } from '../api/secret-store.ts';
import { QUEUE_URL } from '../api/store-events.ts';
import { type Ms, ms } from '../base/clock.ts';
import { parseDuration } from '../base/duration.ts';
import { type BindAddress, parseBindAddress } from '../telemetry/bind-address.ts';
import { logFormats, logLevels } from '../telemetry/logger.ts';

export interface Setting<T> {
  /** Without the dashes. The variable follows from it: `log-level` is also KEYTENDER_LOG_LEVEL. */
  readonly flag: string;
  /** As the flag takes it; empty when what happens without it is told by `help`. */
  readonly fallback: string;
  /** What stands for the value in the help; undefined for a switch, which needs none. */
  readonly placeholder?: string;
  readonly help: string;
  /** What is accepted, to end the sentence "want …". */
  readonly accepts: string;
  /** Undefined: not accepted. */
  readonly read: (text: string) => T | undefined;
  /** Several values add up, as if they stood in one list. */
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

/** Null: not given. */
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

/** Null: not given. */
function readQueueUrl(text: string): string | null | undefined {
  if (text === '') return null;
  return QUEUE_URL.test(text) ? text : undefined;
}

function queueUrl(described: Described): Setting<string | null> {
  const accepts = 'the URL of a standard queue, such as https://sqs.eu-central-1.amazonaws.com/111122223333/keytender';
  return { ...described, placeholder: 'url', accepts, read: readQueueUrl };
}

/** As in a TokenRequest; a comma separates them here. */
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
  namespaces: namespaces({ flag: 'namespaces', fallback: '', help: 'Namespaces to serve. Default: all. May be given several times.' }),
  namespace: namespace({
    flag: 'namespace',
    fallback: '',
    help: "The operator's own namespace. Default: that of its pod or of the kubeconfig.",
  }),
  concurrency: integer(
    {
      flag: 'concurrency',
      fallback: '64',
      help: 'How many resources of one namespace are worked on at once, and a quarter more where several namespaces have work; a quarter of them use the API server at a time.',
    },
    1,
    256,
  ),
  clusterStores: toggle({
    flag: 'cluster-stores',
    fallback: 'true',
    help: 'Serve ClusterSecretStores, which needs cluster-wide permissions to read them and namespaces.',
  }),
  restart: toggle({
    flag: 'restart',
    fallback: 'true',
    help: 'Restart workloads as spec.restart asks. Off: no workload is read or patched.',
  }),
  allowOperatorIdentity: toggle({
    flag: 'allow-operator-identity',
    fallback: 'false',
    help: "Let namespaced SecretStores without spec.provider.aws.auth use the operator's own AWS identity.",
  }),
  tokenAudiences: audiences({
    flag: 'token-audiences',
    fallback: STS_AUDIENCES.join(','),
    help: 'Audiences that tokens of ServiceAccounts may be requested for, whatever a store asks for.',
  }),
  defaultRefreshInterval: duration(
    { flag: 'default-refresh-interval', fallback: '1h', help: 'Refresh interval of ExternalSecrets that set none.' },
    '1s',
    '8760h',
  ),
  minRefreshInterval: duration(
    {
      flag: 'min-refresh-interval',
      fallback: '5s',
      help: 'No secret is refreshed more often than this, whatever an ExternalSecret asks for: it is shared.',
    },
    '1s',
    '1h',
  ),
  cacheTtl: duration(
    { flag: 'cache-ttl', fallback: '300s', help: 'How long values that were read are kept in memory; 0 keeps none.' },
    '0',
    '24h',
  ),
  eventsQueueUrl: queueUrl({
    flag: 'events-queue-url',
    fallback: '',
    help: "SQS queue of change events, read as the operator's own identity. A ClusterSecretStore can name one instead.",
  }),
  eventsMaxAge: duration(
    {
      flag: 'events-max-age',
      fallback: '0',
      help: 'While events come, poll only so often where a refresh interval is shorter, for stores without events.maxAge; 0: poll as if there were none.',
    },
    '0',
    '8760h',
  ),
  allowNamespacedQueues: toggle({
    flag: 'allow-namespaced-queues',
    fallback: 'false',
    help: 'Read the queues of change events that SecretStores name, each for references of the identities of these stores only.',
  }),
  leaderElect: toggle({
    flag: 'leader-elect',
    fallback: 'false',
    help: 'Work only while holding the Lease; needed for more than one replica.',
  }),
  leaderElectNamespace: namespace({
    flag: 'leader-elect-namespace',
    fallback: '',
    help: "Namespace of the Lease. Default: the operator's own.",
  }),
  leaderElectLeaseDuration: duration(
    {
      flag: 'leader-elect-lease-duration',
      fallback: '15s',
      help: 'How long others wait for a leader that is silent before they take over.',
    },
    '1s',
    '1h',
  ),
  leaderElectRenewDeadline: duration(
    { flag: 'leader-elect-renew-deadline', fallback: '10s', help: 'How long the leader tries to renew before it gives up.' },
    '1s',
    '1h',
  ),
  leaderElectRetryPeriod: duration(
    { flag: 'leader-elect-retry-period', fallback: '2s', help: 'How long to wait between two tries to get or renew the Lease.' },
    '100ms',
    '1h',
  ),
  metricsBindAddress: address({ flag: 'metrics-bind-address', fallback: ':8080', help: 'Where /metrics is served; 0: nowhere.' }),
  debugEndpoints: toggle({
    flag: 'debug-endpoints',
    fallback: 'false',
    help: 'Serve /debug/freshness beside /metrics: when AWS last confirmed each ExternalSecret, by name and without values.',
  }),
  healthProbeBindAddress: address({
    flag: 'health-probe-bind-address',
    fallback: ':8081',
    help: 'Where /livez and /readyz are served; 0: nowhere.',
  }),
  logLevel: oneOf({ flag: 'log-level', fallback: 'info', help: 'The least level that is logged.' }, logLevels),
  logFormat: oneOf({ flag: 'log-format', fallback: 'json', help: 'One JSON object a line, or text for people.' }, logFormats),
} as const;

export type Settings = typeof settings;
export type SettingName = keyof Settings;

/** `log-level` -> KEYTENDER_LOG_LEVEL. */
export function variableOf(flag: string): string {
  return `KEYTENDER_${flag.toUpperCase().replaceAll('-', '_')}`;
}
