// The identity of a process: the kernel reuses a pid, but not a pid with its start time.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque and comparable only for equality: clock ticks since boot on Linux, a date elsewhere. */
  readonly startTime: string;
}

interface Observed {
  readonly zombie: boolean;
  readonly startTime: string;
}

/** The identity of the process that has this pid now, or undefined when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const observed = observe(pid);
  return observed === undefined || observed.zombie ? undefined : { pid, startTime: observed.startTime };
}

/** The identity of this very process. */
export function identifySelf(): ProcessIdentity {
  const self = identify(process.pid);
  if (self === undefined) throw new Error(`this process (${process.pid}) cannot be seen`);
  return self;
}

/** True while exactly this process runs; false when it has ended or the pid belongs to another one. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

function observe(pid: number): Observed | undefined {
  return process.platform === 'linux' ? observeInProc(pid) : observeWithPs(pid);
}

function observeInProc(pid: number): Observed | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // no such process
  }
  // The second field is the command in parentheses and may hold blanks and parentheses itself: count from the last one (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { zombie: state === 'Z' || state === 'X', startTime };
}

function observeWithPs(pid: number): Observed | undefined {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...started] = ps.stdout.trim().split(/\s+/);
  if (ps.status !== 0 || state === undefined || started.length === 0) return undefined;
  return { zombie: state.startsWith('Z'), startTime: started.join(' ') };
}
