// The resources of a node on its machine while it runs, and those that still exist.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../control-plane/run-command.ts';
import { findNodePrograms, PROGRAM_PATH } from './requirements.ts';

export interface NodeTraces {
  readonly folder: string;
  readonly cgroup: string;
  readonly link: string;
  readonly hostAddress: string;
  /** As /proc/<pid>/ns/pid names it. */
  readonly pidNamespace: string;
}

const CGROUPS = '/sys/fs/cgroup';

/** One line for each thing that is still there: "process kubelet", "link keytender94". Empty when nothing is. */
export async function remainsOf(traces: NodeTraces): Promise<readonly string[]> {
  const { folder, link, hostAddress, cgroup } = traces;
  const rules = (await firewall()).split('\n');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return [
    ...processesOf(traces).map((command) => `process ${command}`),
    ...(existsSync(`/sys/class/net/${link}`) ? [`link ${link}`] : []),
    ...rules.filter((rule) => rule.includes(hostAddress)).map((rule) => `firewall rule ${rule}`),
    ...mounts.filter((mount) => mount.includes(folder) || mount.includes(cgroup)).map((mount) => `mount ${mount}`),
    ...cgroupFolders(cgroup).map((path) => `cgroup ${path}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}

/** The machine's rules. */
async function firewall(): Promise<string> {
  const programs = await findNodePrograms();
  if (!programs.ok) throw new Error(programs.failure);
  const script = `set -e\n${programs.value.mount}\niptables-save`;
  return mustRun('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { env: { PATH: PROGRAM_PATH } });
}

/** The commands of its processes: in its namespace, in its containers, and those outside that speak of its folder. */
export function processesOf({ folder, cgroup, pidNamespace }: NodeTraces): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
      const ours =
        readlinkSync(`/proc/${pid}/ns/pid`) === pidNamespace || read('cgroup').includes(cgroup) || read('cmdline').includes(folder);
      return ours ? [read('comm').trim()] : [];
    } catch {
      return []; // it has just ended
    }
  });
}

/** With version 1 there is one in every hierarchy. */
function cgroupFolders(cgroup: string): readonly string[] {
  const hierarchies = readdirSync(CGROUPS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [CGROUPS, ...hierarchies.map(({ name }) => join(CGROUPS, name))]
    .map((path) => join(path, cgroup))
    .filter((path) => existsSync(path));
}
