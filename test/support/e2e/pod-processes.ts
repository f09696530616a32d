// The processes of a pod as its node sees them: to kill one, and to read what its cgroup counts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../control-plane/wait-until.ts';

export interface Memory {
  /** What is in use and cannot be given back: what `kubectl top` shows, and what limits are held against. */
  readonly workingSetBytes: number;
  /** Of it, memory of processes that no file backs. */
  readonly rssBytes: number;
}

/** The process of a pod's container whose command line contains this. */
export function processOfPod(podUid: string, commandLine: string): Promise<number> {
  return waitUntil(`a process ${commandLine} in the pod ${podUid}`, () =>
    pidsOf(podUid).find((pid) => read(pid, 'cmdline').includes(commandLine)),
  );
}

/** kill -9, from outside: inside, the first process of a container cannot be killed. */
export async function killInPod(podUid: string, commandLine: string): Promise<void> {
  process.kill(await processOfPod(podUid, commandLine), 'SIGKILL');
}

/** By the cgroup of the container that this process is in. */
export function memoryOf(pid: number): Memory {
  const folder = memoryCgroup(pid);
  const number = (file: string): number => Number(readFileSync(join(folder, file), 'utf8'));
  const stat = new Map(
    readFileSync(join(folder, 'memory.stat'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  const counted = (...names: readonly string[]): number =>
    Number(names.map((name) => stat.get(name)).find((value) => value !== undefined) ?? 0);
  // Names of version 2 and of version 1.
  const usage = existsSync(join(folder, 'memory.current')) ? number('memory.current') : number('memory.usage_in_bytes');
  return { workingSetBytes: usage - counted('total_inactive_file', 'inactive_file'), rssBytes: counted('total_rss', 'anon') };
}

function memoryCgroup(pid: number): string {
  const lines = read(pid, 'cgroup').trimEnd().split('\n');
  const ofMemory = lines.find((line) => line.split(':')[1]?.split(',').includes('memory') === true);
  const path = (ofMemory ?? lines.find((line) => line.startsWith('0::')) ?? '').split(':').slice(2).join(':');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const mount = mounts.find((line) => (ofMemory === undefined ? line.includes(' - cgroup2 ') : / - cgroup .*\bmemory\b/.test(line)));
  const folder = join(mount?.split(' ')[4] ?? '/sys/fs/cgroup/memory', path);
  if (!existsSync(folder)) throw new Error(`the cgroup of process ${pid} is not where it is expected: ${folder}`);
  return folder;
}

function pidsOf(podUid: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(pid, 'cgroup').includes(`pod${podUid}`));
}

/** Empty when it has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
