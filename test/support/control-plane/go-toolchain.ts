// A Go toolchain for the modules of this folder: the one on PATH if it is new enough, otherwise a download with a checksum in the cache.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheEntry } from './cache-entry.ts';
import { fetchFile, fetchText } from './download.ts';
import { currentPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { withProgress } from './progress.ts';
import type { Say } from './progress.ts';
import { mustRun, runCommand } from './run-command.ts';

const MINIMUM = { major: 1, minor: 24 } as const;
const DEFAULT_DOWNLOADS = 'https://go.dev/dl/';

interface GoFile {
  readonly filename: string;
  readonly os: string;
  readonly arch: string;
  readonly sha256: string;
  readonly kind: string;
}

interface GoRelease {
  readonly version: string;
  readonly stable: boolean;
  readonly files: readonly GoFile[];
}

/** The path of a `go` command. Throws with what to install when there is none and none can be fetched. */
export async function findGo(cache: string, env: NodeJS.ProcessEnv, say: Say): Promise<string> {
  if (await goOnPathIsEnough(env)) return 'go';
  const folder = await cacheEntry(cache, `go_${currentPlatform().os}-${currentPlatform().arch}`, say, (partial) =>
    fetchGo(partial, env, say),
  );
  return join(folder, 'go', 'bin', 'go');
}

/** True for what `go version` prints when that Go is at least 1.24. */
export function isGoNewEnough(output: string): boolean {
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > MINIMUM.major || (Number(major) === MINIMUM.major && Number(minor) >= MINIMUM.minor);
}

async function goOnPathIsEnough(env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const { code, stdout } = await runCommand('go', ['version'], { env });
    return code === 0 && isGoNewEnough(stdout);
  } catch {
    return false; // there is no go on PATH
  }
}

async function fetchGo(folder: string, env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const configured = env['KEYTENDER_GO_DOWNLOADS_URL'] ?? DEFAULT_DOWNLOADS;
  const base = configured.endsWith('/') ? configured : `${configured}/`;
  const index = await fetchText(`${base}?mode=json`);
  if (!index.ok) throw missingGo(index.problem);
  const file = selectGo(JSON.parse(index.value) as readonly GoRelease[], currentPlatform());
  if (file === undefined) throw missingGo(`${base} lists none for ${currentPlatform().os}-${currentPlatform().arch}`);
  const path = join(folder, 'go.tar.gz');
  const fetched = await withProgress(say, `downloading ${file.filename}`, 'about 70 MB', () =>
    fetchFile(`${base}${file.filename}`, path, { algorithm: 'sha256', hex: file.sha256 }),
  );
  if (!fetched.ok) throw missingGo(fetched.problem);
  await mustRun('tar', ['-xzf', path, '-C', folder]);
  rmSync(path);
}

/** The archive of the first stable release; the index lists the newest first. */
export function selectGo(releases: readonly GoRelease[], platform: Platform): GoFile | undefined {
  const files = releases.filter(({ stable }) => stable).flatMap((release) => release.files);
  return files.find(({ os, arch, kind }) => os === platform.os && arch === platform.arch && kind === 'archive');
}

function missingGo(problem: string): Error {
  return new Error(
    `no Go to build the test control plane with: there is no go >= ${MINIMUM.major}.${MINIMUM.minor} on PATH, and one cannot be fetched (${problem}). ` +
      'Install Go, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd, kubectl and kube-controller-manager.',
  );
}
