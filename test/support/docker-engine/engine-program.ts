// The location of dockerd and its programs: installed on the machine, or unpacked from Debian packages.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Say } from '../control-plane/progress.ts';
import { debianPackages } from '../debian-packages.ts';

/** docker.io with those of its dependencies that a small machine may lack. */
const PACKAGES = ['docker.io', 'containerd', 'runc', 'libdevmapper1.02.1', 'libseccomp2', 'libsystemd0'];

/** The environment in which the command `dockerd` works. */
export async function engineEnvironment(say: Say): Promise<NodeJS.ProcessEnv> {
  if (isEngineOnPath()) return process.env;
  const root = await debianPackages('docker', PACKAGES, say);
  const programs = [join(root, 'usr/sbin'), join(root, 'usr/bin'), process.env['PATH'] ?? ''];
  return { ...process.env, PATH: programs.join(delimiter), LD_LIBRARY_PATH: libraryFolders(root).join(delimiter) };
}

export function isEngineOnPath(): boolean {
  // Where daemons are is not on everybody's path.
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].some((folder) =>
    existsSync(join(folder, 'dockerd')),
  );
}

/** Debian keeps libraries in a folder for each architecture, some still below /lib. */
function libraryFolders(root: string): readonly string[] {
  return ['lib', 'usr/lib']
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(folder, name)),
    );
}
