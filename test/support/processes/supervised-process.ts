// A child process that does not outlive its owner: ended on dispose, on exit and on signals of the owner, by the kernel on the owner's sudden
// death (Linux with setpriv), and in any case reaped by the next start.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { onExit } from './exit-hooks.ts';
import { killGroup } from './kill-group.ts';
import { defaultRecordsFolder, writeRecord } from './ownership-record.ts';
import { identify } from './process-identity.ts';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Standard output and error are appended to this file. */
  readonly logPath: string;
  readonly recordsFolder?: string;
  /** Ask the kernel to kill the child when its owner dies. Default true; has effect only where setpriv is (Linux). */
  readonly dieWithOwner?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StopOptions {
  /** Default SIGTERM. */
  readonly signal?: NodeJS.Signals;
  /** Milliseconds until SIGKILL follows. Default 10,000. */
  readonly graceMs?: number;
}

export class SupervisedProcess implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  readonly exited: Promise<Exit>;
  #running = true;

  constructor(name: string, logPath: string, child: ChildProcess, pid: number, release: () => void) {
    this.name = name;
    this.pid = pid;
    this.logPath = logPath;
    this.exited = once(child, 'exit').then(([code, signal]: unknown[]) => {
      this.#running = false;
      release();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The last lines of the child's output, for an error message. */
  logTail(lines = 5): string {
    return readFileSync(this.logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Sends a signal to the child and its group without waiting. */
  kill(signal: NodeJS.Signals): void {
    if (this.#running) killGroup(this.pid, signal);
  }

  /** Ends the child and resolves when it has gone. */
  async stop({ signal = 'SIGTERM', graceMs = 10_000 }: StopOptions = {}): Promise<Exit> {
    this.kill(signal);
    const killer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(killer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a child in its own process group. Throws when it cannot be started at all. */
export function startProcess(options: ProcessOptions): SupervisedProcess {
  const log = openSync(options.logPath, 'a');
  const [command, args] = withParentDeathSignal(options);
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', () => undefined); // the same failure is thrown here
    throw new Error(`${options.name}: ${options.command} cannot be started`);
  }
  const identity = identify(pid);
  const forget =
    identity === undefined
      ? () => undefined
      : writeRecord(options.recordsFolder ?? defaultRecordsFolder(), { name: options.name, process: identity });
  const unhook = onExit(() => {
    killGroup(pid, 'SIGKILL');
    forget();
  });
  return new SupervisedProcess(options.name, options.logPath, child, pid, () => {
    unhook();
    forget();
  });
}

function withParentDeathSignal({ command, args, dieWithOwner = true }: ProcessOptions): readonly [string, string[]] {
  if (!dieWithOwner || !hasSetpriv()) return [command, [...args]];
  return ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]];
}

let setprivWorks: boolean | undefined;

function hasSetpriv(): boolean {
  setprivWorks ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
  return setprivWorks;
}
