// Processes, mounts and network of one node in separate namespaces. They end with their first process, in every case, together with all
// containers, mounts, links and firewall rules. Settings of kubelet (sysctls, shared mounts) never apply outside.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOUNT_CGROUP_CONTROLLERS } from '../cgroups.ts';
import { mustRun } from '../control-plane/run-command.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { confine } from '../processes/private-namespaces.ts';
import { startForking } from './inner-process.ts';
import type { InnerProcess } from './inner-process.ts';
import type { NodeLayout } from './layout.ts';
import { PROGRAM_PATH } from './requirements.ts';
import type { NodePrograms } from './requirements.ts';

/** What kubelet insists on, and writes when it is otherwise (setupKernelTunables): it gets files to look at instead of the machine's. */
const KERNEL_TUNABLES: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

// The first process: takes over orphans, such as the shims of containers, and reaps them.
const FIRST_PROCESS = ': > "$0"; while :; do sleep 2147483647 & wait; done';

/** Nothing of the caller's environment: a proxy for web traffic, say, is none of a node's business. */
const ENVIRONMENT = { PATH: PROGRAM_PATH, HOME: '/root' };

export class NodeNamespaces implements AsyncDisposable {
  readonly #layout: NodeLayout;
  readonly #first: InnerProcess;

  constructor(layout: NodeLayout, first: InnerProcess) {
    this.#layout = layout;
    this.#first = first;
  }

  /** The first process, as the machine sees it; its namespaces are in /proc/<pid>/ns. */
  get pid(): number {
    return this.#first.pid;
  }

  /** Runs a command inside and returns its output. Throws with the end of the output when it fails. */
  run(command: string, args: readonly string[]): Promise<string> {
    return mustRun('nsenter', this.enter(command, args), { env: ENVIRONMENT });
  }

  start(name: string, command: string, args: readonly string[]): Promise<InnerProcess> {
    return startForking({
      name,
      command: 'nsenter',
      args: this.enter(command, args),
      env: ENVIRONMENT,
      logPath: join(this.#layout.logs, `${name}.log`),
    });
  }

  /** Ends every process inside. Resolves when all have gone: the kernel lets the first one go last. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first.stop({ signal: 'SIGKILL' });
  }

  /** The arguments by which nsenter runs a command inside. */
  enter(command: string, args: readonly string[]): readonly string[] {
    return ['--target', String(this.pid), '--mount', '--net', '--pid', '--', command, ...args];
  }
}

/** Starts the first process and mounts what a node needs; `cgroup` is made in every hierarchy. */
export async function startNamespaces(layout: NodeLayout, cgroup: string, programs: NodePrograms): Promise<NodeNamespaces> {
  const started = join(layout.folder, 'first-process');
  const confined = confine({
    command: 'sh',
    args: ['-c', FIRST_PROCESS, started],
    folder: layout.folder,
    // containerd, kubelet and CNI write to paths here that cannot be configured.
    privateFolders: ['/run', '/var/lib', '/var/log'],
    setup: setupScript(layout, cgroup, programs),
    propagation: 'shared', // what kubelet mounts for a pod must be seen by the container
  });
  const args = ['--net', '--', confined.command, ...confined.args];
  const first = await startForking({ name: 'node', command: 'unshare', args, env: ENVIRONMENT, logPath: join(layout.logs, 'node.log') });
  try {
    await waitUntil('the first process of the node', () => {
      if (!first.running) throw new Error(`a node's namespaces cannot be made:\n${first.logTail()}`);
      return existsSync(started);
    });
    return new NodeNamespaces(layout, first);
  } catch (error) {
    await first[Symbol.asyncDispose]();
    throw error;
  }
}

function setupScript(layout: NodeLayout, cgroup: string, programs: NodePrograms): string {
  const tunables = join(layout.folder, 'tunables');
  mkdirSync(tunables);
  const binds = Object.entries(KERNEL_TUNABLES).map(([name, value]) => {
    const file = join(tunables, name.replaceAll('/', '-'));
    writeFileSync(file, `${value}\n`);
    return `mount --bind ${file} /proc/sys/${name}`;
  });
  return [
    programs.mount,
    MOUNT_CGROUP_CONTROLLERS,
    // kubelet wants its root to be there.
    `if [ -f /sys/fs/cgroup/cgroup.controllers ]; then mkdir /sys/fs/cgroup${cgroup}; else`,
    `  for hierarchy in /sys/fs/cgroup/*/; do mkdir -p "$hierarchy${cgroup}"; done`,
    'fi',
    ...binds,
    `mount -t tmpfs -o mode=755 node ${layout.state}`,
  ].join('\n');
}
