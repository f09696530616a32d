// The resource usage of a process, as Linux counts it (proc(5)).
import { readFileSync } from 'node:fs';

/** Clock ticks per second in /proc: a constant of Linux's interface to programs, whatever the kernel runs at. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system time of all threads, in seconds. */
  readonly cpuSeconds: number;
  /** Greatest resident size so far (VmHWM), in MiB. */
  readonly peakMiB: number;
  /** Resident size now, in MiB. */
  readonly residentMiB: number;
}

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command in parentheses may hold blanks and parentheses itself; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakMiB: kibibytes(status, 'VmHWM') / 1024,
    residentMiB: kibibytes(status, 'VmRSS') / 1024,
  };
}

function kibibytes(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (value === undefined) throw new Error(`no ${name} in /proc`);
  return Number(value);
}
