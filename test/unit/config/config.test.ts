import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Config, parseInvocation } from '../../../src/config.ts';
import { settings, variableOf } from '../../../src/config/settings.ts';

type Environment = Record<string, string>;

function configOf(args: readonly string[], environment: Environment = {}): Config {
  const invocation = parseInvocation(['controller', ...args], environment, '1.2.3');
  if (invocation.kind !== 'run') throw new Error(JSON.stringify(invocation));
  return invocation.config;
}

function lineOf(args: readonly string[], environment: Environment = {}): string {
  const invocation = parseInvocation(args, environment, '1.2.3');
  if (invocation.kind !== 'error') throw new Error(JSON.stringify(invocation));
  expect(invocation.line).not.toContain('\n');
  return invocation.line;
}

const defaults: Config = {
  namespaces: [],
  namespace: null,
  concurrency: 64,
  clusterStores: true,
  restart: true,
  argoRollouts: false,
  restartMinInterval: 60_000 as Config['cacheTtl'],
  restartMaxConcurrent: 200,
  restartMaxConcurrentPerNamespace: 25,
  restartTargetsWithoutReference: 'All',
  reloaderAnnotations: false,
  reloaderAutoReloadAll: false,
  reloaderReloadOnCreate: false,
  reloaderReloadOnDelete: false,
  reloaderResourcesToIgnore: '',
  reloaderIgnoredWorkloadTypes: '',
  reloaderNamespacesToIgnore: [],
  reloaderNamespaceSelector: '',
  reloaderResourceLabelSelector: '',
  reloaderNamespace: null,
  reloaderAutoAnnotation: 'reloader.stakater.com/auto',
  reloaderSecretAutoAnnotation: 'secret.reloader.stakater.com/auto',
  reloaderConfigmapAutoAnnotation: 'configmap.reloader.stakater.com/auto',
  reloaderSecretAnnotation: 'secret.reloader.stakater.com/reload',
  reloaderConfigmapAnnotation: 'configmap.reloader.stakater.com/reload',
  reloaderAutoSearchAnnotation: 'reloader.stakater.com/search',
  reloaderSearchMatchAnnotation: 'reloader.stakater.com/match',
  reloaderPauseDeploymentAnnotation: 'deployment.reloader.stakater.com/pause-period',
  reloaderPauseDeploymentTimeAnnotation: 'deployment.reloader.stakater.com/paused-at',
  allowOperatorIdentity: false,
  tokenAudiences: ['sts.amazonaws.com', 'sts.amazonaws.com.cn'],
  defaultRefreshInterval: 3_600_000 as Config['cacheTtl'],
  minRefreshInterval: 5_000 as Config['cacheTtl'],
  cacheTtl: 300_000 as Config['cacheTtl'],
  eventsQueueUrl: null,
  eventsMaxAge: 0 as Config['cacheTtl'],
  allowNamespacedQueues: false,
  leaderElect: false,
  leaderElectNamespace: null,
  leaderElectLeaseDuration: 15_000 as Config['cacheTtl'],
  leaderElectRenewDeadline: 10_000 as Config['cacheTtl'],
  leaderElectRetryPeriod: 2_000 as Config['cacheTtl'],
  metricsBindAddress: { kind: 'listen', port: 8080 },
  debugEndpoints: false,
  healthProbeBindAddress: { kind: 'listen', port: 8081 },
  logLevel: 'info',
  logFormat: 'json',
};

const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/111122223333/keytender';

/** For each setting a text that is not its default, and what is read from it. */
const other: { readonly [Name in keyof Config]: readonly [string, unknown] } = {
  namespaces: ['team-a,team-b', ['team-a', 'team-b']],
  namespace: ['keytender-system', 'keytender-system'],
  concurrency: ['256', 256],
  clusterStores: ['false', false],
  restart: ['false', false],
  argoRollouts: ['true', true],
  restartMinInterval: ['5m', 300_000],
  restartMaxConcurrent: ['7', 7],
  restartMaxConcurrentPerNamespace: ['3', 3],
  restartTargetsWithoutReference: ['Annotated', 'Annotated'],
  reloaderAnnotations: ['true', true],
  reloaderAutoReloadAll: ['true', true],
  reloaderReloadOnCreate: ['true', true],
  reloaderReloadOnDelete: ['true', true],
  reloaderResourcesToIgnore: ['configMaps', 'configMaps'],
  reloaderIgnoredWorkloadTypes: ['jobs,cronjobs', 'jobs,cronjobs'],
  reloaderNamespacesToIgnore: ['kube-system', ['kube-system']],
  reloaderNamespaceSelector: ['team=a', 'team=a'],
  reloaderResourceLabelSelector: ['reload:*', 'reload:*'],
  reloaderNamespace: ['reloader', 'reloader'],
  reloaderAutoAnnotation: ['acme.dev/auto', 'acme.dev/auto'],
  reloaderSecretAutoAnnotation: ['acme.dev/secret-auto', 'acme.dev/secret-auto'],
  reloaderConfigmapAutoAnnotation: ['acme.dev/configmap-auto', 'acme.dev/configmap-auto'],
  reloaderSecretAnnotation: ['acme.dev/secret', 'acme.dev/secret'],
  reloaderConfigmapAnnotation: ['acme.dev/configmap', 'acme.dev/configmap'],
  reloaderAutoSearchAnnotation: ['acme.dev/search', 'acme.dev/search'],
  reloaderSearchMatchAnnotation: ['acme.dev/match', 'acme.dev/match'],
  reloaderPauseDeploymentAnnotation: ['acme.dev/pause', 'acme.dev/pause'],
  reloaderPauseDeploymentTimeAnnotation: ['acme.dev/paused-at', 'acme.dev/paused-at'],
  allowOperatorIdentity: ['true', true],
  tokenAudiences: ['sts.amazonaws.com,vault', ['sts.amazonaws.com', 'vault']],
  defaultRefreshInterval: ['1h30m', 5_400_000],
  minRefreshInterval: ['10s', 10_000],
  cacheTtl: ['0', 0],
  eventsQueueUrl: [QUEUE, QUEUE],
  eventsMaxAge: ['1h', 3_600_000],
  allowNamespacedQueues: ['true', true],
  leaderElect: ['true', true],
  leaderElectNamespace: ['leases', 'leases'],
  leaderElectLeaseDuration: ['1m', 60_000],
  leaderElectRenewDeadline: ['12s', 12_000],
  leaderElectRetryPeriod: ['500ms', 500],
  metricsBindAddress: ['0', { kind: 'off' }],
  debugEndpoints: ['true', true],
  healthProbeBindAddress: ['127.0.0.1:9', { kind: 'listen', host: '127.0.0.1', port: 9 }],
  logLevel: ['debug', 'debug'],
  logFormat: ['text', 'text'],
};
const names = Object.keys(settings) as (keyof Config)[];

describe('parseInvocation', () => {
  it('runs with the defaults', () => {
    expect(configOf([])).toEqual(defaults);
  });

  it.each(names)('reads %s from its flag in both spellings and from its variable; the flag wins', (name) => {
    const { flag, fallback, placeholder } = settings[name];
    const [text, value] = other[name];
    const expected = { ...defaults, [name]: value };
    expect(configOf([`--${flag}=${text}`])).toEqual(expected);
    if (placeholder !== undefined) expect(configOf([`--${flag}`, text])).toEqual(expected);
    expect(configOf([], { [variableOf(flag)]: text })).toEqual(expected);
    expect(configOf([`--${flag}=${text}`], { [variableOf(flag)]: fallback })).toEqual(expected);
    expect(configOf([], { [variableOf(flag)]: '' })).toEqual(defaults);
  });

  it('takes a switch without a value as on', () => {
    expect(configOf(['--leader-elect', '--allow-operator-identity'])).toEqual({
      ...defaults,
      leaderElect: true,
      allowOperatorIdentity: true,
    });
  });

  it('adds up namespaces, each once, and lets the last of other flags win', () => {
    expect(configOf(['--namespaces=a,b', '--namespaces', ' b , c,']).namespaces).toEqual(['a', 'b', 'c']);
    expect(configOf(['--namespaces=a'], { KEYTENDER_NAMESPACES: 'b' }).namespaces).toEqual(['a']);
    expect(configOf(['--concurrency=2', '--concurrency=3']).concurrency).toBe(3);
  });

  it('prints the version and the help, whatever else is wrong', () => {
    expect(parseInvocation(['--version'], {}, '1.2.3')).toEqual({ kind: 'version', text: 'keytender 1.2.3\n' });
    for (const args of [['--help'], ['-h'], ['controller', '--concurrency=x', '-h']]) {
      expect(parseInvocation(args, {}, '1.2.3').kind).toBe('help');
    }
  });

  it('helps with every flag, its variable, its default and its meaning, within 100 columns', () => {
    const help = parseInvocation(['--help'], {}, '1.2.3');
    const text = help.kind === 'help' ? help.text : '';
    const flat = text.replaceAll(/\s+/g, ' ');
    for (const { flag, fallback, help: meaning } of Object.values(settings)) {
      expect(text).toMatch(new RegExp(String.raw`^  --${flag}[ \[]`, 'm'));
      expect(text).toContain(`        ${variableOf(flag)}\n`);
      expect(flat).toContain(fallback === '' ? meaning : `${meaning} Default: ${fallback}.`);
    }
    const flags = text.slice(text.indexOf('Flags:'));
    expect(Math.max(...flags.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it.each([
    [['controller', '--concurency=3'], 'unknown flag --concurency; did you mean --concurrency?'],
    [['controller', '--Log-Level=info'], 'unknown flag --Log-Level; did you mean --log-level?'],
    [['controller', '--metric-bind-addr=:1'], 'unknown flag --metric-bind-addr; did you mean --metrics-bind-address?'],
    [['controller', '--quux'], 'unknown flag --quux; see --help'],
    [['controller', '-x'], 'unknown flag -x; see --help'],
    [['controller', '--concurrency'], 'flag --concurrency needs a value: want a whole number from 1 to 256'],
    [['controller', '--concurrency=0'], 'flag --concurrency: "0" is not accepted; want a whole number from 1 to 256'],
    [['controller', '--concurrency=257'], 'flag --concurrency: "257" is not accepted; want a whole number from 1 to 256'],
    [['controller', '--concurrency=1e2'], 'flag --concurrency: "1e2" is not accepted; want a whole number from 1 to 256'],
    [['controller', '--leader-elect=yes'], 'flag --leader-elect: "yes" is not accepted; want true or false'],
    [['controller', '--leader-elect', 'false'], 'unexpected argument "false"; a switch takes its value as --flag=false'],
    [['controller', '--log-level=verbose'], 'flag --log-level: "verbose" is not accepted; want one of trace, debug, info, warn, error'],
    [['controller', '--cache-ttl=5'], 'flag --cache-ttl: "5" is not accepted; want a duration from 0 to 24h, such as 90s or 1h30m'],
    [['controller', '--cache-ttl=25h'], 'flag --cache-ttl: "25h" is not accepted; want a duration from 0 to 24h, such as 90s or 1h30m'],
    [
      ['controller', '--metrics-bind-address=8080'],
      'flag --metrics-bind-address: "8080" is not accepted; want [host]:port, such as :8080 or 127.0.0.1:8080, or 0 for none',
    ],
    [['controller', '--namespaces=Team_A'], 'flag --namespaces: "Team_A" is not accepted; want names of namespaces, separated by commas'],
    [
      ['controller', '--leader-elect-lease-duration=10s'],
      'flag --leader-elect-lease-duration must be longer than --leader-elect-renew-deadline',
    ],
    [
      ['controller', '--leader-elect-retry-period=9s'],
      'flag --leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period',
    ],
    [['controller', 'more'], 'unexpected argument "more"; flags start with --'],
    [['controler'], 'unknown command "controler"; did you mean controller?'],
    [['serve'], 'unknown command "serve"; want controller (see --help)'],
    [[], 'no command; want controller (see --help)'],
  ])('answers %j in one line', (args, line) => {
    expect(lineOf(args)).toBe(`keytender: ${line}`);
  });

  it('names the variable when that is what is wrong', () => {
    expect(lineOf(['controller'], { KEYTENDER_CONCURRENCY: 'many' })).toBe(
      'keytender: variable KEYTENDER_CONCURRENCY: "many" is not accepted; want a whole number from 1 to 256',
    );
  });

  it('refuses a variable that is nearly right, and leaves those of others alone', () => {
    expect(lineOf(['controller'], { KEYTENDER_LOGLEVEL: 'info' })).toBe(
      'keytender: unknown variable KEYTENDER_LOGLEVEL; did you mean KEYTENDER_LOG_LEVEL?',
    );
    const services = { KEYTENDER_SERVICE_HOST: '10.0.0.1', KEYTENDER_PORT: 'tcp://10.0.0.1:8080', KEYTENDER_RESTART_PORT_80_TCP: 'x' };
    expect(configOf([], { ...services, KEYTENDER_ENVTEST_INDEX_URL: 'x', LOG_LEVEL: 'debug' })).toEqual(defaults);
  });

  it('answers any arguments with a value, and errors in one line', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.values(settings).map(({ flag }) => `--${flag}`), '--', '-h', '--__proto__=1'),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 5 }),
        fc.dictionary(
          fc.string().map((text) => `KEYTENDER_${text}`),
          fc.string(),
        ),
        (args, environment) => {
          const invocation = parseInvocation(['controller', ...args], environment, '1.2.3');
          if (invocation.kind === 'error') expect(invocation.line).not.toMatch(/[\n\r]/);
          else expect(['run', 'help', 'version']).toContain(invocation.kind);
        },
      ),
      { numRuns: 500 },
    );
  });
});
