// Files of Debian packages without an installation: downloaded with the machine's apt and unpacked into the cache. Needs no root, starts no
// service, does not change the system.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheEntry } from './control-plane/cache-entry.ts';
import { cacheFolder } from './control-plane/cache-folder.ts';
import { currentPlatform } from './control-plane/platform.ts';
import { withProgress } from './control-plane/progress.ts';
import type { Say } from './control-plane/progress.ts';
import { mustRun, runCommand } from './control-plane/run-command.ts';

/** What this needs and the machine lacks, as a phrase; undefined when nothing is missing. */
export async function missingForDebianPackages(): Promise<string | undefined> {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    try {
      await runCommand(tool, ['--version']);
    } catch {
      return `${tool} (a Debian machine)`;
    }
  }
  return undefined;
}

/** A folder with the files of these packages, without those they depend on: name all that shall be there. `name` is for people. */
export function debianPackages(name: string, packages: readonly string[], say: Say): Promise<string> {
  const digest = createHash('sha256')
    .update(JSON.stringify([readFileSync('/etc/os-release', 'utf8'), packages]))
    .digest('hex');
  const entry = `debian-${name}-${digest.slice(0, 12)}_${currentPlatform().arch}`;
  return cacheEntry(cacheFolder(), entry, say, (folder) =>
    withProgress(say, `fetching Debian packages for ${name}`, 'about 10 s', () => unpack(packages, folder)),
  );
}

async function unpack(packages: readonly string[], folder: string): Promise<void> {
  const state = join(folder, '.apt');
  for (const part of ['lists/partial', 'cache/archives/partial', 'downloads']) mkdirSync(join(state, part), { recursive: true });
  const downloads = join(state, 'downloads');
  const download = ['-qq', 'download', ...packages];
  const options = (settings: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries({ 'APT::Sandbox::User': '', 'Acquire::Retries': '3', ...settings }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const { code } = await runCommand('apt-get', [...options({}), ...download], { cwd: downloads });
  if (code !== 0) {
    // The machine's lists are old or missing, as in container images, and only root may fetch them: make our own.
    const own = options({ 'Dir::State::lists': join(state, 'lists'), 'Dir::Cache': join(state, 'cache'), 'Acquire::Languages': 'none' });
    await mustRun('apt-get', [...own, '-qq', 'update']);
    await mustRun('apt-get', [...own, ...download], { cwd: downloads });
  }
  for (const file of readdirSync(downloads)) await mustRun('dpkg-deb', ['--extract', join(downloads, file), folder]);
  rmSync(state, { recursive: true });
}
