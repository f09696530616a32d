// Runs a daemon that mounts, forks and writes on a machine, in isolation: its own process and mount namespaces, and a private layer over
// its fixed folders. All of it ends with the daemon. The network is that of the machine. Linux and root.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Confined {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the private layers go: a temporary folder that outlives the daemon, not below one of `privateFolders`. */
  readonly folder: string;
  /** Folders of the machine whose changes only the daemon shall see, such as /etc and /run. */
  readonly privateFolders?: readonly string[];
  /** Shell commands to run inside, before the daemon. */
  readonly setup?: string;
  /** shared: mounts of the daemon reach the mount namespaces of its children (the kubelet wants that). Default private. */
  readonly propagation?: 'private' | 'shared';
}

/** The command line for it. The kernel kills everything inside, containers too, when the process that this starts dies by whatever signal. */
export function confine({ command, args, folder, privateFolders = [], setup = '', propagation = 'private' }: Confined): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const layers = privateFolders.map((path) => overlay(path, join(folder, 'private', path.replaceAll('/', '-'))));
  const script = ['set -eu', ...layers, ...(propagation === 'shared' ? ['mount --make-rshared /'] : []), setup, 'exec "$@"'].join('\n');
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  return { command: 'unshare', args: [...namespaces, '--', 'sh', '-c', script, 'sh', command, ...args] };
}

function overlay(path: string, layer: string): string {
  for (const part of ['upper', 'work']) mkdirSync(join(layer, part), { recursive: true });
  return `mount -t overlay -o 'lowerdir=${path},upperdir=${join(layer, 'upper')},workdir=${join(layer, 'work')}' overlay '${path}'`;
}
