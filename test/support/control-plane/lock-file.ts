// A lock between processes of one machine: a file that names its holder. A holder that has ended loses it at once.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../processes/error-code.ts';
import { identifySelf, isAlive } from '../processes/process-identity.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';

export interface LockOptions {
  /** Called once when somebody else holds the lock, with their pid. */
  readonly onWait?: (pid: number) => void;
  /** Milliseconds between two looks. Default 250. */
  readonly pollMs?: number;
}

interface Holder extends ProcessIdentity {
  /** Tells two holds of one process apart. */
  readonly token: string;
}

// A takeover is a few file operations; one older than this belongs to somebody who was killed in the middle.
const TAKEOVER_STALE_MS = 10_000;

/** Runs a task while holding the lock at this path; waits as long as a living process holds it. */
export async function withLock<T>(path: string, task: () => Promise<T>, { onWait, pollMs = 250 }: LockOptions = {}): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const self: Holder = { ...identifySelf(), token: randomUUID() };
  let told = false;
  while (!acquire(path, self)) {
    const holder = readHolder(path);
    if (!told && holder !== undefined) onWait?.(holder.pid);
    told ||= holder !== undefined;
    await sleep(pollMs);
  }
  try {
    return await task();
  } finally {
    if (readHolder(path)?.token === self.token) rmSync(path, { force: true });
  }
}

function acquire(path: string, self: Holder): boolean {
  const own = `${path}.${self.token}`;
  writeFileSync(own, JSON.stringify(self));
  try {
    // A hard link appears with its content or not at all, so nobody ever reads a half-written lock.
    if (tryLink(own, path)) return true;
    const holder = readHolder(path);
    return holder !== undefined && !isAlive(holder) && takeOver(path, own);
  } finally {
    rmSync(own, { force: true });
  }
}

// Only one waiter may replace a dead holder's lock; the lock file itself is never absent meanwhile, so no newcomer slips in.
function takeOver(path: string, own: string): boolean {
  const takeover = `${path}.takeover`;
  if (!tryLink(own, takeover)) {
    if (ageMs(takeover) > TAKEOVER_STALE_MS) rmSync(takeover, { force: true });
    return false;
  }
  try {
    const holder = readHolder(path);
    if (holder === undefined || isAlive(holder)) return false;
    renameSync(own, path);
    return true;
  } finally {
    rmSync(takeover, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function ageMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.ctimeMs;
}
