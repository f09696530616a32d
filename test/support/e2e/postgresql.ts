// A PostgreSQL server on a loopback port, in memory. It requires passwords (SCRAM) over TCP; the superuser connects by a socket of this
// machine.
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../control-plane/free-port.ts';
import { mustRun, runCommand } from '../control-plane/run-command.ts';
import type { CommandResult } from '../control-plane/run-command.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { startProcess, type SupervisedProcess } from '../processes/supervised-process.ts';
import { makeRunnable, type PostgresqlPrograms, type RunnablePrograms } from './postgresql-programs.ts';

/** Nobody: it refuses to run as root. */
const UID = 65_534;
const AS_NOBODY = ['--reuid', String(UID), '--regid', String(UID), '--clear-groups', '--'];

export interface Postgresql extends AsyncDisposable {
  readonly port: number;
  /** Runs statements as the superuser; throws with what psql says. `variables` are quoted by psql itself (:'name', :"name"). */
  readonly sql: (statements: string, variables?: Readonly<Record<string, string>>) => Promise<void>;
}

interface Place {
  readonly programs: RunnablePrograms;
  readonly folder: string;
  readonly data: string;
  readonly sockets: string;
  readonly port: number;
}

/** Starts it with an empty database `ledger` and resolves when it answers. */
export async function startPostgresql(programs: PostgresqlPrograms): Promise<Postgresql> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(makeOwnedFolder('postgresql')).path;
  const [port = 0] = await freePorts(1);
  const place = { programs: makeRunnable(programs, folder), folder, data: join(folder, 'data'), sockets: join(folder, 'sockets'), port };
  for (const path of [place.data, place.sockets]) mkdirSync(path);
  for (const path of [place.data, place.sockets, folder]) chownSync(path, UID, UID);
  await makeDatabaseFolder(place);
  const server = startServer(place);
  resources.defer(async () => void (await server.stop({ signal: 'SIGQUIT' })));
  await waitUntil('PostgreSQL answers', async () => {
    if (!server.running) throw new Error(`PostgreSQL has ended:\n${server.logTail(10)}`);
    return (await psql(place, 'select 1;')).code === 0;
  });
  const sql: Postgresql['sql'] = async (statements, variables = {}) => {
    const flags = Object.entries(variables).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const { code, stderr } = await psql(place, statements, flags);
    if (code !== 0) throw new Error(`psql: ${stderr.trim()}`);
  };
  await sql('create database ledger;');
  const owned = resources.move();
  return { port, sql, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function makeDatabaseFolder({ programs, folder, data }: Place): Promise<void> {
  const access = ['--username', 'postgres', '--auth-local', 'trust', '--auth-host', 'scram-sha-256'];
  const flags = ['--pgdata', data, ...access, '--no-sync', '--locale', 'C', '--encoding', 'UTF8'];
  await mustRun('setpriv', [...AS_NOBODY, join(programs.folder, 'initdb'), ...flags], { env: programs.env, cwd: folder });
}

function startServer({ programs, folder, data, sockets, port }: Place): SupervisedProcess {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: sockets,
    fsync: 'off', // it does not outlive the run
    jit: 'off',
    shared_buffers: '16MB',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return startProcess({
    name: 'postgresql',
    command: 'setpriv',
    // The kernel forgets the signal of its parent's death when the user changes, so this setpriv sets both, in that order.
    args: ['--pdeathsig', 'QUIT', ...AS_NOBODY, join(programs.folder, 'postgres'), '-D', data, ...flags],
    dieWithOwner: false,
    cwd: folder,
    env: programs.env,
    logPath: join(folder, 'log'),
  });
}

function psql({ programs, sockets, port }: Place, input: string, flags: readonly string[] = []): Promise<CommandResult> {
  const connection = ['--host', sockets, '--port', String(port), '--username', 'postgres', '--dbname', 'postgres'];
  return runCommand(join(programs.folder, 'psql'), ['--no-psqlrc', '--quiet', ...connection, '--set', 'ON_ERROR_STOP=1', ...flags], {
    input,
    env: programs.env,
  });
}
