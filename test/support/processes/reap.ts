// Ends the resources of a killed owner: first child processes, then their folders and cgroups. Never touches resources of a running owner.
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroup } from '../cgroups.ts';
import { killGroup } from './kill-group.ts';
import { defaultRecordsFolder, readRecords } from './ownership-record.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface Reaped {
  /** Names of the processes that were still running and have been ended. */
  readonly processes: readonly string[];
  /** Folders that have been removed. */
  readonly folders: readonly string[];
}

const DEATH_TIMEOUT_MS = 10_000;

/** Ends the leftovers of owners that are dead. Safe to call from several processes at once. */
export async function reapLeftovers(recordsFolder: string = defaultRecordsFolder()): Promise<Reaped> {
  const orphaned = readRecords(recordsFolder).filter(({ record }) => !isAlive(record.owner));
  const running = orphaned.flatMap(({ record }) =>
    record.process !== undefined && isAlive(record.process) ? [{ name: record.name, identity: record.process }] : [],
  );
  for (const { identity } of running) killGroup(identity.pid, 'SIGKILL');
  await Promise.all(running.map(({ identity }) => untilDead(identity)));
  const folders = orphaned.flatMap(({ record }) => (record.folder === undefined ? [] : [record.folder]));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  for (const { path, record } of orphaned) {
    // A cgroup that is still busy is left to the start after this one.
    if (record.cgroup === undefined || removeCgroup(record.cgroup)) rmSync(path, { force: true });
  }
  return { processes: running.map(({ name }) => name), folders };
}

async function untilDead(identity: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + DEATH_TIMEOUT_MS;
  while (isAlive(identity)) {
    if (Date.now() > deadline) throw new Error(`process ${identity.pid} is still there ${DEATH_TIMEOUT_MS} ms after SIGKILL`);
    await sleep(10);
  }
}
