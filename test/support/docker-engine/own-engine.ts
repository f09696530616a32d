// A Docker engine for this run only. It makes no bridge and no iptables rule: containers use the machine's network, so that they also reach
// services of tests on loopback. Its processes, mounts and state are isolated and end with it.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import { MOUNT_CGROUP_CONTROLLERS, ownCgroup } from '../cgroups.ts';
import type { Say } from '../control-plane/progress.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { missingForDebianPackages } from '../debian-packages.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { confine } from '../processes/private-namespaces.ts';
import { reapLeftovers } from '../processes/reap.ts';
import { startProcess } from '../processes/supervised-process.ts';
import { isEngineOnPath, engineEnvironment } from './engine-program.ts';
import { answers } from './ping.ts';

/** Base images, two builds of the operator's and what BuildKit keeps of them: 1.7 GB. */
const ROOM_BYTES = 3e9;

export interface OwnEngine extends AsyncDisposable {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Of the process that everything else of the engine ends with. */
  readonly pid: number;
  readonly folder: string;
  /** The parent of its containers' cgroups. */
  readonly cgroup: string;
}

/** What is missing to start one, as a phrase. */
async function missing(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Linux';
  if (process.getuid?.() !== 0) return 'root';
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', 'true'];
  if (spawnSync('unshare', namespaces).status !== 0) return 'the right to make namespaces (unshare --mount --pid)';
  return isEngineOnPath() ? undefined : missingForDebianPackages();
}

/** Starts one and resolves when it answers (half a second when its program is in the cache). A failure says what the machine lacks. */
export async function startOwnEngine(say: Say): Promise<Result<OwnEngine, string>> {
  const lacking = await missing();
  if (lacking !== undefined) return failed(lacking);
  await reapLeftovers();
  const env = await engineEnvironment(say);
  const folder = makeOwnedFolder('docker', undefined, ROOM_BYTES);
  const cgroup = ownCgroup('docker');
  const host = `unix://${join(folder.path, 'socket')}`;
  const confined = confine({
    command: 'dockerd',
    args: engineArgs(folder.path, cgroup.path, host),
    folder: folder.path,
    // Its key, and the sockets of its plug-ins, go there whatever one says.
    privateFolders: ['/etc', '/run'],
    setup: MOUNT_CGROUP_CONTROLLERS,
  });
  const engine = startProcess({ name: 'dockerd', ...confined, env, logPath: join(folder.path, 'log') });
  const dispose = async (): Promise<void> => {
    // Its state is thrown away, so there is nothing to end gracefully for.
    await engine.stop({ signal: 'SIGKILL' });
    cgroup[Symbol.dispose]();
    folder[Symbol.dispose]();
  };
  try {
    await waitUntil('the Docker engine answers', () => {
      if (!engine.running) throw new Error(`dockerd has ended:\n${engine.logTail(20)}`);
      return answers(host);
    });
  } catch (error) {
    await dispose();
    throw error;
  }
  return ok({ host, pid: engine.pid, folder: folder.path, cgroup: cgroup.path, [Symbol.asyncDispose]: dispose });
}

function engineArgs(folder: string, cgroup: string, host: string): readonly string[] {
  mkdirSync(join(folder, 'data'));
  const flags = {
    host,
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'pid'),
    'cgroup-parent': cgroup,
    // Its overlays lie in memory, where the folder is.
    'storage-driver': 'overlay2',
    bridge: 'none',
    iptables: 'false',
    ip6tables: 'false',
    'ip-forward': 'false',
    group: 'root',
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
