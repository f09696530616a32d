// The record of the resources of a test process (a child process, a folder, a cgroup), on disk, so that the next start can find the
// resources of a killed owner.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../control-plane/cache-folder.ts';
import { hasCode } from './error-code.ts';
import { identifySelf } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface OwnershipRecord {
  readonly owner: ProcessIdentity;
  readonly name: string;
  readonly process?: ProcessIdentity;
  readonly folder?: string;
  /** Its path in the hierarchies, such as /keytender-docker-1a2b3c4d. */
  readonly cgroup?: string;
}

export interface StoredRecord {
  readonly path: string;
  readonly record: OwnershipRecord;
}

/** Where records are kept unless a caller says otherwise: in the user's cache folder, so that a changed TMPDIR hides nothing. */
export function defaultRecordsFolder(): string {
  return join(cacheFolder(), 'processes');
}

/** Writes a record for this process and returns the function that takes it back. Synchronous: nothing may happen between a spawn and its record. */
export function writeRecord(folder: string, owned: Omit<OwnershipRecord, 'owner'>): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${randomUUID()}.json`);
  const partial = `${path}.partial`;
  writeFileSync(partial, JSON.stringify({ owner: identifySelf(), ...owned } satisfies OwnershipRecord), { mode: 0o600 });
  renameSync(partial, path);
  return () => rmSync(path, { force: true });
}

/** All records of a folder; one that another process removes meanwhile is left out. */
export function readRecords(folder: string): readonly StoredRecord[] {
  return listFolder(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const path = join(folder, name);
      const record = readRecord(path);
      return record === undefined ? [] : [{ path, record }];
    });
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function readRecord(path: string): OwnershipRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as OwnershipRecord;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
