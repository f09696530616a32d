// The npm settings of this machine for a build in a container: registries, certificates, proxies. They stay in a local image of the run.
import { existsSync, readFileSync } from 'node:fs';
import { runCommand } from '../control-plane/run-command.ts';

export interface NpmSettings {
  /** Text of an npmrc. */
  readonly npmrc: string;
  /** Path of the machine's certificates, where it has set any. */
  readonly certificates: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

export async function npmSettings(): Promise<NpmSettings> {
  const files = await Promise.all(['globalconfig', 'userconfig'].map(npmConfig));
  const texts = files.filter((file) => file !== undefined && existsSync(file)).map((file) => readFileSync(String(file), 'utf8'));
  // What a variable of the environment would say over the files.
  const registry = await npmConfig('registry');
  const lines = [...texts, ...(registry === undefined ? [] : [`registry=${registry}`])].join('\n').split('\n');
  return {
    // npm puts in variables itself, and knows them here only. Paths of this machine mean nothing in a container.
    npmrc: lines
      .filter((line) => !/^\s*(?:cafile|prefix|cache|nodedir|globalconfig|userconfig)\s*=/.test(line))
      .map((line) => line.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? ''))
      .join('\n'),
    certificates: [await npmConfig('cafile'), process.env['NODE_EXTRA_CA_CERTS']].find((path) => path !== undefined && existsSync(path)),
    env: Object.fromEntries(PROXIES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  };
}

async function npmConfig(key: string): Promise<string | undefined> {
  const { code, stdout } = await runCommand('npm', ['config', 'get', key]);
  const value = stdout.trim();
  return code !== 0 || ['', 'null', 'undefined'].includes(value) ? undefined : value;
}
