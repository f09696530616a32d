// The official envtest archive (kube-apiserver, etcd, kubectl), found in the releases index of controller-tools and verified by its
// SHA-512.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../processes/error-code.ts';
import { fetchFile, fetchText } from './download.ts';
import type { Fetched } from './download.ts';
import { currentPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { withProgress } from './progress.ts';
import type { Say } from './progress.ts';
import { mustRun } from './run-command.ts';
import { minorOf } from './versions.ts';

export const ENVTEST_BINARIES = ['kube-apiserver', 'etcd', 'kubectl'] as const;

const DEFAULT_INDEX = 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

export interface EnvtestArchive {
  readonly version: string;
  readonly url: string;
  readonly sha512: string;
}

/** Where the index is: KEYTENDER_ENVTEST_INDEX_URL, or the upstream one. */
export function envtestIndexUrl(env: NodeJS.ProcessEnv): string {
  return env['KEYTENDER_ENVTEST_INDEX_URL'] ?? DEFAULT_INDEX;
}

/** The newest archive of this minor version for a platform, or undefined. The index is YAML of three levels: release, file, properties. */
export function selectArchive(index: string, minor: string, { os, arch }: Platform): EnvtestArchive | undefined {
  const archives = [...index.matchAll(/^ {4}envtest-(v\d+\.\d+\.\d+)-(\w+)-(\w+)\.tar\.gz:\n((?: {6}.*\n?)+)/gm)].flatMap((match) => {
    const [, version = '', fileOs, fileArch, properties = ''] = match;
    const sha512 = /\bhash: *(\S+)/.exec(properties)?.[1];
    const url = /\bselfLink: *(\S+)/.exec(properties)?.[1];
    const fits = fileOs === os && fileArch === arch && minorOf(version) === minor;
    return fits && sha512 !== undefined && url !== undefined ? [{ version, url, sha512 }] : [];
  });
  return archives.sort(byPatch).at(-1);
}

/** Puts the archive's binaries into `folder`. The value is the version found. */
export async function fetchEnvtest(folder: string, minor: string, env: NodeJS.ProcessEnv, say: Say): Promise<Fetched<string>> {
  const index = await fetchText(envtestIndexUrl(env));
  if (!index.ok) return index;
  const platform = currentPlatform();
  const archive = selectArchive(index.value, minor, platform);
  if (archive === undefined) return { ok: false, problem: `the index has no archive of ${minor} for ${platform.os}-${platform.arch}` };
  const unpacked = join(folder, 'archive');
  mkdirSync(unpacked);
  try {
    const file = join(unpacked, 'envtest.tar.gz');
    const fetched = await withProgress(say, `downloading envtest ${archive.version}`, 'about 70 MB', () =>
      fetchFile(archive.url, file, { algorithm: 'sha512', hex: archive.sha512 }),
    );
    if (!fetched.ok) return fetched;
    await mustRun('tar', ['-xzf', file, '-C', unpacked]);
    for (const name of ENVTEST_BINARIES) copyFileSync(join(unpacked, 'controller-tools', 'envtest', name), join(folder, name));
    return { ok: true, value: archive.version };
  } catch (error) {
    return { ok: false, problem: `${archive.url}: ${messageOf(error)}` };
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function byPatch(a: EnvtestArchive, b: EnvtestArchive): number {
  return Number(a.version.split('.')[2]) - Number(b.version.split('.')[2]);
}
