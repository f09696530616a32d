// An entry of the cache: a folder that is complete or missing, filled by one process at a time.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock-file.ts';
import type { Say } from './progress.ts';

/** The folder of this entry, whether or not it is there yet. */
export function cachePath(cache: string, entry: string): string {
  return join(cache, entry);
}

/**
 * The folder of an entry; filled first when it is missing. `fill` gets an empty folder, which becomes the entry by a rename when `fill` returns, and
 * is thrown away when it throws. A second process that asks meanwhile waits for the first.
 */
export async function cacheEntry(cache: string, entry: string, say: Say, fill: (folder: string) => Promise<void>): Promise<string> {
  const path = cachePath(cache, entry);
  if (existsSync(path)) return path;
  const onWait = (pid: number): void => say(`process ${pid} is making ${entry}; waiting for it`);
  return withLock(`${path}.lock`, () => (existsSync(path) ? Promise.resolve(path) : fillAtomically(cache, entry, fill)), { onWait });
}

async function fillAtomically(cache: string, entry: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const prefix = `.partial-${entry}-`;
  // The lock is held: what another process left half-made is nobody's any more.
  for (const name of readdirSync(cache)) if (name.startsWith(prefix)) rmSync(join(cache, name), { recursive: true, force: true });
  const partial = join(cache, `${prefix}${process.pid}`);
  mkdirSync(partial);
  try {
    await fill(partial);
    renameSync(partial, cachePath(cache, entry));
    return cachePath(cache, entry);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
