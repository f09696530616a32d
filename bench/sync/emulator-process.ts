// The AWS emulator as a separate process, so that its work does not count for other processes.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';
import { makeOwnedFolder, type OwnedFolder } from '../../test/support/processes/owned-folder.ts';
import { startProcess, type SupervisedProcess } from '../../test/support/processes/supervised-process.ts';

const MAIN = fileURLToPath(new URL('../../test/support/aws/main.ts', import.meta.url));

export interface AwsCalls {
  readonly byOperation: Readonly<Record<string, number>>;
  /** TCP connections of clients that were opened. */
  readonly connections: number;
}

export class EmulatorProcess implements AsyncDisposable {
  readonly endpoint: string;
  readonly #process: SupervisedProcess;
  readonly #folder: OwnedFolder;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #ownConnections = 0;

  constructor(endpoint: string, process: SupervisedProcess, folder: OwnedFolder) {
    this.endpoint = endpoint;
    this.#process = process;
    this.#folder = folder;
  }

  /** One command of the control endpoint; throws what it refuses. */
  async control(command: string, input: object = {}): Promise<unknown> {
    const outgoing = request(`${this.endpoint}/_emulator/${command}`, { method: 'POST', agent: this.#agent });
    outgoing.once('socket', (socket) => {
      if (socket.connecting) this.#ownConnections += 1;
    });
    outgoing.end(JSON.stringify(input));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    if (response.statusCode !== 200) throw new Error(`aws emulator, ${command}: ${text}`);
    return JSON.parse(text);
  }

  /** What was called since the last time, without this class's own calls. */
  async takeCalls(): Promise<AwsCalls> {
    const calls = (await this.control('calls')) as AwsCalls;
    const connections = calls.connections - this.#ownConnections;
    await this.control('reset-counters');
    this.#ownConnections = 0;
    return { byOperation: calls.byOperation, connections };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#process.stop();
    this.#folder[Symbol.dispose]();
  }
}

/** `latencyMs`: how long every call takes at least. */
export async function startEmulatorProcess(latencyMs: number): Promise<EmulatorProcess> {
  const folder = makeOwnedFolder('bench-aws');
  const logPath = join(folder.path, 'log');
  const child = startProcess({ name: 'aws-emulator', command: process.execPath, args: [MAIN, `--latency-ms=${latencyMs}`], logPath });
  const endpoint = await waitUntil('the AWS emulator listens', () => {
    if (!child.running) throw new Error(`the AWS emulator has ended:\n${child.logTail()}`);
    return /"endpoint":"([^"]+)"/.exec(readFileSync(logPath, 'utf8'))?.[1];
  });
  return new EmulatorProcess(endpoint, child, folder);
}
