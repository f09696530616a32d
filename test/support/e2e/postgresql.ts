// A PostgreSQL of one's own on a loopback port, from Debian's packages, in memory. It asks for passwords (SCRAM) over TCP; the superuser comes in by
// a socket that only this machine has.
import { chownSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import { freePorts } from '../control-plane/free-port.ts';
import type { Say } from '../control-plane/progress.ts';
import { mustRun, runCommand } from '../control-plane/run-command.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { debianPackages, missingForDebianPackages } from '../debian-packages.ts';
import { messageOf } from '../processes/error-code.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { startProcess } from '../processes/supervised-process.ts';

/** It refuses to run as root. */
const USER = { name: 'nobody', uid: 65_534 } as const;
const BINARIES = 'usr/lib/postgresql/*/bin';
/** By release of Debian: the server, and the libraries that a small machine may lack. */
const PACKAGES: Readonly<Record<string, string>> = {
  12:
    'postgresql-15 postgresql-client-15 libpq5 libicu72 libxml2 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 ' +
    'libkrb5support0 libkeyutils1 liblz4-1 libzstd1 libssl3 libsystemd0',
  13:
    'postgresql-17 postgresql-client-17 libpq5 libicu76 libxml2 libldap2 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 ' +
    'libkrb5support0 libkeyutils1 liblz4-1 libzstd1 libssl3t64 libsystemd0 libnuma1 liburing2',
};

export interface PostgresqlPrograms {
  /** The folder of postgres, initdb and psql. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Postgresql extends AsyncDisposable {
  readonly port: number;
  /** Runs statements as the superuser; throws with what psql says. `variables` are quoted by psql itself (:'name', :"name"). */
  readonly sql: (statements: string, variables?: Readonly<Record<string, string>>) => Promise<void>;
}

/** Those of the machine, else fetched; or a sentence on what is missing. */
export async function findPostgresql(say: Say): Promise<Result<PostgresqlPrograms, string>> {
  const [installed] = globSync(`/${BINARIES}/postgres`);
  if (installed !== undefined) return ok({ folder: join(installed, '..'), env: { PATH: process.env['PATH'] } });
  const release = /^VERSION_ID="?(\d+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const packages = PACKAGES[release];
  const tool = await missingForDebianPackages();
  if (packages === undefined || tool !== undefined)
    return failed(`PostgreSQL is not installed, and to fetch it this machine lacks ${tool ?? 'Debian 12 or 13'}`);
  try {
    const root = await debianPackages('postgresql', packages.split(' '), say);
    const [found = ''] = globSync(`${root}/${BINARIES}`);
    const libraries = globSync(`${root}/{usr/,}lib/*-linux-gnu`);
    return ok({ folder: found, env: { PATH: process.env['PATH'], LD_LIBRARY_PATH: libraries.join(delimiter) } });
  } catch (error) {
    return failed(`PostgreSQL is not installed and cannot be fetched: ${messageOf(error)}`);
  }
}

/** Starts it with an empty database `ledger` and resolves when it answers. */
export async function startPostgresql({ folder: programs, env }: PostgresqlPrograms): Promise<Postgresql> {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(makeOwnedFolder('postgresql'));
  const [port = 0] = await freePorts(1);
  const data = join(path, 'data');
  const sockets = join(path, 'sockets');
  for (const folder of [data, sockets]) {
    mkdirSync(folder);
    chownSync(folder, USER.uid, USER.uid);
  }
  chownSync(path, USER.uid, USER.uid);
  const asUser = ['--reuid', String(USER.uid), '--regid', String(USER.uid), '--clear-groups', '--'];
  const initdb = [
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth-local',
    'trust',
    '--auth-host',
    'scram-sha-256',
    '--no-sync',
    '--locale',
    'C',
  ];
  await mustRun('setpriv', [...asUser, join(programs, 'initdb'), ...initdb], { env, cwd: path });
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: sockets,
    fsync: 'off',
    jit: 'off',
    shared_buffers: '16MB',
  };
  const server = startProcess({
    name: 'postgresql',
    command: 'setpriv',
    // The kernel forgets the signal that a parent's death brings when the user changes, so it is set after that.
    args: [
      '--pdeathsig',
      'QUIT',
      ...asUser,
      join(programs, 'postgres'),
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    dieWithOwner: false,
    cwd: path,
    env,
    logPath: join(path, 'log'),
  });
  resources.defer(async () => void (await server.stop({ signal: 'SIGQUIT' })));
  const psql = (database: string, input: string, variables: readonly string[] = []) =>
    runCommand(
      join(programs, 'psql'),
      [
        '--no-psqlrc',
        '--quiet',
        '--host',
        sockets,
        '--port',
        String(port),
        '--username',
        'postgres',
        '--dbname',
        database,
        '--set',
        'ON_ERROR_STOP=1',
        ...variables,
      ],
      { input, env },
    );
  await waitUntil('PostgreSQL answers', async () => {
    if (!server.running) throw new Error(`PostgreSQL has ended:\n${server.logTail(10)}`);
    return existsSync(sockets) && (await psql('postgres', 'select 1;')).code === 0;
  });
  const sql: Postgresql['sql'] = async (statements, variables = {}) => {
    const { code, stderr } = await psql(
      'postgres',
      statements,
      Object.entries(variables).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    );
    if (code !== 0) throw new Error(`psql: ${stderr.trim()}`);
  };
  await sql('create database ledger;');
  const owned = resources.move();
  return { port, sql, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
