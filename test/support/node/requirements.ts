// The requirements of a node: Linux, root, namespaces, and programs, installed or from Debian packages.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import { sayOnStderr } from '../control-plane/progress.ts';
import type { Say } from '../control-plane/progress.ts';
import { runCommand } from '../control-plane/run-command.ts';
import { debianPackages, missingForDebianPackages } from '../debian-packages.ts';
import { messageOf } from '../processes/error-code.ts';

/** Where Debian puts programs; not every PATH names the sbin folders. */
export const PROGRAM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter);

/** Packages by the programs that they bring. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['containerd', ['containerd', 'ctr', 'containerd-shim-runc-v2']],
  ['runc', ['runc']],
  ['iptables', ['iptables', 'iptables-save']],
  ['containernetworking-plugins', ['/usr/lib/cni/bridge', '/usr/lib/cni/host-local', '/usr/lib/cni/loopback']],
  ['busybox-static', ['busybox']],
]);

/** Of what those depend on, all that a small machine may lack. */
const LIBRARIES = 'libip4tc2 libip6tc2 libmnl0 libnetfilter-conntrack3 libnfnetlink0 libnftnl11 libseccomp2 libxtables12'.split(' ');

/** Part of every Debian, but not of the smallest containers. */
const BASE_PROGRAMS = ['ip', 'mount', 'nsenter', 'unshare'];

export interface NodePrograms {
  readonly busybox: string;
  /** Shell commands for a private mount namespace, after which the programs are in their usual places. */
  readonly mount: string;
}

export interface RequirementOptions {
  readonly say?: Say;
  /** Default: those of this process and machine. */
  readonly platform?: NodeJS.Platform;
  readonly root?: boolean;
  readonly path?: string;
}

/** The programs, fetched first where they are not installed; or why no node can run here, for people. */
export async function findNodePrograms(options: RequirementOptions = {}): Promise<Result<NodePrograms, string>> {
  const { say = sayOnStderr, platform = process.platform, root = process.getuid?.() === 0, path = PROGRAM_PATH } = options;
  if (platform !== 'linux') return failed(`a node needs Linux, and this is ${platform}`);
  const missing = missingPackages(path);
  const base = BASE_PROGRAMS.filter((name) => findProgram(name, path) === undefined);
  if (base.length > 0) return failed(`a node needs ${base.join(', ')} (Debian packages iproute2, mount, util-linux)`);
  if (!root) return failed(`a node needs root${missing.length > 0 ? ` and the Debian packages ${missing.join(', ')}` : ''}`);
  const { code, stderr } = await runCommand('unshare', ['--mount', '--net', '--pid', '--fork', '--mount-proc', 'true']);
  if (code !== 0) return failed(`a node needs namespaces of its own, and unshare says: ${stderr.trim()}`);
  return missing.length === 0 ? ok({ busybox: findProgram('busybox', path) ?? 'busybox', mount: '' }) : fetchPrograms(missing, say);
}

/** Debian packages of which a program is not there. */
export function missingPackages(path: string): readonly string[] {
  return [...PACKAGES].filter(([, programs]) => programs.some((name) => findProgram(name, path) === undefined)).map(([name]) => name);
}

async function fetchPrograms(missing: readonly string[], say: Say): Promise<Result<NodePrograms, string>> {
  const needed = `a node needs the Debian packages ${missing.join(', ')}`;
  const tool = await missingForDebianPackages();
  if (tool !== undefined) return failed(`${needed}, or ${tool} to fetch them`);
  try {
    const folder = await debianPackages('node', [...PACKAGES.keys(), ...LIBRARIES], say);
    return ok({ busybox: join(folder, 'bin/busybox'), mount: mountOverUsr(folder) });
  } catch (error) {
    return failed(`${needed}, and they cannot be fetched: ${messageOf(error)}`);
  }
}

/** Nothing is installed: what was unpacked is laid over /usr where only the node sees it. */
function mountOverUsr(folder: string): string {
  return [
    // The links that installing the package makes.
    'mount -t tmpfs node /mnt',
    'mkdir /mnt/sbin',
    'for name in iptables iptables-save; do ln -s xtables-nft-multi "/mnt/sbin/$name"; done',
    `mount -t overlay -o 'lowerdir=/mnt:${folder}/usr:/usr' node /usr`,
    'umount --lazy /mnt',
  ].join('\n');
}

function findProgram(name: string, path: string): string | undefined {
  const candidates = name.startsWith('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
