// The processes of a pod on its node: kills one, and reads the counters of its cgroup.
import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { RunningNode } from '../node/running-node.ts';

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

/** By the cgroup of the container that this process is in. Read inside the node, which has mounted what the machine may not have. */
export async function memoryOf(node: RunningNode, pid: number): Promise<Memory> {
  const usage = 'cat memory.current 2>/dev/null || cat memory.usage_in_bytes';
  const text = await node.run('sh', ['-c', `cd ${memoryCgroup(pid)} && echo "usage $(${usage})" && cat memory.stat`]);
  const counts = new Map(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  const counted = (...names: readonly string[]): number => {
    const found = names.map((name) => counts.get(name)).find((value) => value !== undefined);
    if (found === undefined) throw new Error(`the memory cgroup counts no ${names.join(' or ')}`);
    return Number(found);
  };
  // Names of version 1, and of version 2.
  return {
    workingSetBytes: counted('usage') - counted('total_inactive_file', 'inactive_file'),
    rssBytes: counted('total_rss', 'anon'),
  };
}

function memoryCgroup(pid: number): string {
  const lines = read(pid, 'cgroup')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(':'));
  const ofMemory = lines.find(([, controllers = '']) => controllers.split(',').includes('memory'));
  const [, , ...path] = ofMemory ?? lines.find(([id]) => id === '0') ?? [];
  return `/sys/fs/cgroup${ofMemory === undefined ? '' : '/memory'}${path.join(':')}`;
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
