/** The configuration of the operator, from flags and KEYTENDER_* variables. Pure: main prints, exits and runs. */
import { failed, ok, type Result } from './base/result.ts';
import { type Arguments, readArguments } from './config/arguments.ts';
import { helpText } from './config/help.ts';
import { nearest } from './config/nearest.ts';
import { readReloaderOptions } from './config/reloader-settings.ts';
import { type SettingName, type Settings, settings, variableOf } from './config/settings.ts';
import type { Setting } from './config/setting.ts';

/** Durations are milliseconds. `namespaces`: empty means all. `namespace`, `leaderElectNamespace`: null when not given. */
export type Config = { readonly [Name in SettingName]: Settings[Name] extends Setting<infer T> ? T : never };

export type Invocation =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version'; readonly text: string }
  /** One line for standard error; the exit code is 2. */
  | { readonly kind: 'error'; readonly line: string };

const COMMAND = 'controller';
const PREFIX = 'KEYTENDER_';

/** Variables that Kubernetes sets in pods for a Service whose name begins with keytender. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)/;

/** `args`: the arguments without node and the script. */
export function parseInvocation(args: readonly string[], environment: Readonly<NodeJS.ProcessEnv>, version: string): Invocation {
  const given = readArguments(args, Object.values(settings));
  if (!given.ok) return error(given.failure);
  if (given.value.help) return { kind: 'help', text: helpText() };
  if (given.value.version) return { kind: 'version', text: `keytender ${version}\n` };
  const problem = problemOfCommands(given.value.commands);
  if (problem !== undefined) return error(problem);
  const config = readSettings(given.value.values, environment);
  return config.ok ? { kind: 'run', config: config.value } : error(config.failure);
}

function error(message: string): Invocation {
  return { kind: 'error', line: `keytender: ${message}` };
}

function problemOfCommands([command, ...rest]: readonly string[]): string | undefined {
  if (command === undefined) return `no command; want ${COMMAND} (see --help)`;
  if (command !== COMMAND) {
    const meant = nearest(command, [COMMAND]);
    return `unknown command ${JSON.stringify(command)}; ${meant === undefined ? `want ${COMMAND} (see --help)` : `did you mean ${meant}?`}`;
  }
  if (rest[0] === undefined) return undefined;
  const hint = rest[0] === 'true' || rest[0] === 'false' ? `a switch takes its value as --flag=${rest[0]}` : 'flags start with --';
  return `unexpected argument ${JSON.stringify(rest[0])}; ${hint}`;
}

function readSettings(values: Arguments['values'], environment: Readonly<NodeJS.ProcessEnv>): Result<Config, string> {
  const unknown = unknownVariable(environment);
  if (unknown !== undefined) return failed(unknown);
  const config: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const read = readSetting(settings[name], values, environment);
    if (!read.ok) return read;
    config[name] = read.value;
  }
  return consistent(config as Config);
}

function readSetting(
  setting: Setting<unknown>,
  values: Arguments['values'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Result<unknown, string> {
  const variable = variableOf(setting.flag);
  const flags = values.get(setting.flag);
  const fromFlags = setting.repeatable === true ? flags?.join(',') : flags?.at(-1);
  // An empty variable counts as not set.
  const fromEnvironment = environment[variable] === '' ? undefined : environment[variable];
  const text = fromFlags ?? fromEnvironment ?? setting.fallback;
  const value = setting.read(text);
  if (value !== undefined) return ok(value);
  const place = fromFlags === undefined ? `variable ${variable}` : `flag --${setting.flag}`;
  return failed(`${place}: ${JSON.stringify(text)} is not accepted; want ${setting.accepts}`);
}

/**
 * A mistyped variable would be ignored without notice, so a name that is almost right is refused. Other names can belong to other programs.
 */
function unknownVariable(environment: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const known = new Set(Object.values(settings).map(({ flag }) => variableOf(flag)));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || known.has(name) || SERVICE_LINK.test(name)) continue;
    const rest = name.slice(PREFIX.length);
    const meant = nearest(
      rest,
      [...known].map((variable) => variable.slice(PREFIX.length)),
    );
    if (meant !== undefined) return `unknown variable ${JSON.stringify(name).slice(1, -1)}; did you mean ${PREFIX}${meant}?`;
  }
  return undefined;
}

function consistent(config: Config): Result<Config, string> {
  const reloader = readReloaderOptions(config);
  return reloader.ok ? consistentElection(config) : failed(`flag --reloader-${reloader.failure}`);
}

/** The condition of client-go: a leader must give up before others may take over, and it needs time for several tries. */
function consistentElection(config: Config): Result<Config, string> {
  const { leaderElectLeaseDuration, leaderElectRenewDeadline, leaderElectRetryPeriod } = config;
  if (leaderElectLeaseDuration <= leaderElectRenewDeadline) {
    return failed('flag --leader-elect-lease-duration must be longer than --leader-elect-renew-deadline');
  }
  if (leaderElectRenewDeadline <= leaderElectRetryPeriod * 1.2) {
    return failed('flag --leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period');
  }
  return ok(config);
}
