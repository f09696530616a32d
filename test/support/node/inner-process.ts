// A process inside the namespaces of a node. The child process is nsenter, which stays outside and forks the inner process. Signals go to
// the inner process, and nsenter ends with it, so that a reported stop has really happened.
import { readFileSync } from 'node:fs';
import { waitUntil } from '../control-plane/wait-until.ts';
import { hasCode } from '../processes/error-code.ts';
import { startProcess } from '../processes/supervised-process.ts';
import type { Exit, ProcessOptions, StopOptions, SupervisedProcess } from '../processes/supervised-process.ts';

export class InnerProcess implements AsyncDisposable {
  readonly name: string;
  /** Its pid as the machine sees it. */
  readonly pid: number;
  readonly #outer: SupervisedProcess;

  constructor(outer: SupervisedProcess, pid: number) {
    this.name = outer.name;
    this.pid = pid;
    this.#outer = outer;
  }

  get running(): boolean {
    return this.#outer.running;
  }

  logTail(lines?: number): string {
    return this.#outer.logTail(lines);
  }

  /** Ends it, and resolves when it has gone. What it has started itself stays. */
  async stop({ signal = 'SIGTERM', graceMs = 10_000 }: StopOptions = {}): Promise<Exit> {
    this.#kill(signal);
    const killer = setTimeout(() => this.#kill('SIGKILL'), graceMs);
    try {
      return await this.#outer.exited;
    } finally {
      clearTimeout(killer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ signal: 'SIGKILL' });
  }

  #kill(signal: NodeJS.Signals): void {
    if (!this.#outer.running) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
}

/** Starts a process that forks the one that is meant, as nsenter and unshare do. Throws with its output when it ends before. */
export async function startForking(options: ProcessOptions): Promise<InnerProcess> {
  const outer = startProcess(options);
  const pid = await waitUntil(`the process that ${options.name} forks`, () => {
    if (!outer.running) throw new Error(`${options.name} cannot be started:\n${outer.logTail()}`);
    return childOf(outer.pid);
  });
  return new InnerProcess(outer, pid);
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return child === undefined || child === '' ? undefined : Number(child);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined; // ended; its output says why
    throw error;
  }
}
