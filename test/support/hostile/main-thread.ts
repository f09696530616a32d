// The share of the time that the main thread of a process uses the processor, as the kernel counts it (proc_pid_stat(5), utime and stime).
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** On every Linux that Node runs on (sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;
const UTIME = 14;
const STIME = 15;

/** 0..1, over the next `ms` milliseconds. */
export async function shareOfMainThread(pid: number, ms: number): Promise<number> {
  const [before, began] = [usedMs(pid), performance.now()];
  await sleep(ms);
  return (usedMs(pid) - before) / (performance.now() - began);
}

function usedMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
  // The name in parentheses may have blanks; fields after it count from 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[UTIME - 3]) + Number(fields[STIME - 3]);
  return (ticks * 1_000) / TICKS_PER_SECOND;
}
