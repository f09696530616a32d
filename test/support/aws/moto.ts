// moto, an independent emulator from PyPI, as a second opinion: installed once into the user's cache, started on a free port.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export const MOTO_VERSION = '5.2.4';
const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/** The Python of a virtual environment that has moto, or the reason why there is none. */
export async function provideMoto(): Promise<{ readonly python: string } | { readonly missing: string }> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'keytender');
  const home = join(cache, `moto-${MOTO_VERSION}`);
  const python = join(home, 'bin', 'python');
  if (await exists(python)) return { python };
  // Built beside its place and moved there when complete, so that an interrupted installation is never taken for a whole one.
  const building = `${home}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', building], { timeout: INSTALL_TIMEOUT_MS });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15'];
    await run(join(building, 'bin', 'python'), [...pip, `moto[server,secretsmanager,ssm,sts,sqs]==${MOTO_VERSION}`], {
      timeout: INSTALL_TIMEOUT_MS,
    });
    await rename(building, home);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    // Another run may have been faster.
    if (!(await exists(python))) return { missing: firstLine(error) };
  }
  return { python };
}

// The server ends with its standard input, so that it cannot outlive a killed test run.
const SERVER = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(["-H", "127.0.0.1", "-p", "0"])
`;

export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

export async function startMoto(python: string): Promise<Moto> {
  const child = spawn(python, ['-c', SERVER], { stdio: ['pipe', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stderr });
  const { promise: endpoint, resolve, reject } = Promise.withResolvers<string>();
  lines.on('line', (line) => {
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  void exited.then(([code]) => reject(new Error(`moto_server ended with code ${String(code)} before it listened`)));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    return { endpoint: await endpoint, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1) ?? message;
}
