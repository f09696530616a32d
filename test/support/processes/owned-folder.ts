// A temporary folder that goes with its owner: removed on dispose and on exit, and by the next start's reaping after a sudden death.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from './exit-hooks.ts';
import { defaultRecordsFolder, writeRecord } from './ownership-record.ts';

export interface OwnedFolder extends Disposable {
  readonly path: string;
}

/** Makes a folder in memory where possible (/dev/shm: databases without disk), else in the system's temporary folder. */
export function makeOwnedFolder(name: string, recordsFolder: string = defaultRecordsFolder()): OwnedFolder {
  const path = mkdtempSync(join(memoryFolder(), `keytender-${name}-`));
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

function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
