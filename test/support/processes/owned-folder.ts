// A temporary folder of an owner process: removed on dispose, on exit, and by the next start after a kill.
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from './exit-hooks.ts';
import { defaultRecordsFolder, writeRecord } from './ownership-record.ts';

export interface OwnedFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes a folder in memory where possible (/dev/shm: databases without disk), else in the system's temporary folder. `roomBytes`: how much of memory
 * must be left for it to be there; container images fill a small one.
 */
export function makeOwnedFolder(name: string, recordsFolder: string = defaultRecordsFolder(), roomBytes = 0): OwnedFolder {
  const path = mkdtempSync(join(memoryFolder(roomBytes), `keytender-${name}-`));
  const forget = writeRecord(recordsFolder, { name, folder: path });
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    forget();
  };
  const unhook = onExit(() => {
    try {
      remove();
    } catch {
      // A child killed a moment ago may still have written a file. The record stays, so the next start removes the folder.
    }
  });
  return {
    path,
    [Symbol.dispose]: () => {
      unhook();
      remove();
    },
  };
}

function memoryFolder(roomBytes: number): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= roomBytes ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}
