// moto, an independent emulator from PyPI, for comparison: installed once into the user's cache, started on a free port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { providePython } from '../python-environment.ts';

export const MOTO_VERSION = '5.2.4';

/** The Python of a virtual environment that has moto, or the reason why there is none. */
export async function provideMoto(): Promise<{ readonly python: string } | { readonly missing: string }> {
  const provided = await providePython(`moto-${MOTO_VERSION}`, [`moto[server,secretsmanager,sts,sqs,ssm]==${MOTO_VERSION}`]);
  return 'bin' in provided ? { python: join(provided.bin, 'python') } : provided;
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
