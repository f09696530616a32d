// Heap snapshots of a running operator: the content of its JavaScript objects, after a collection.
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { Operator } from './operator.ts';

const SIGNAL = 'SIGUSR2';

/** For the environment of an operator that is to write snapshots into `folder`. */
export function heapSnapshotEnvironment(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--heapsnapshot-signal=${SIGNAL} --diagnostic-dir=${folder}` };
}

/** Asks for a snapshot and gives its path once it is complete. V8 collects all garbage before it takes one. */
export async function takeHeapSnapshot({ pid }: Operator, folder: string): Promise<string> {
  const before = new Set(readdirSync(folder));
  process.kill(pid, SIGNAL);
  return waitUntil(
    'the heap snapshot is written',
    () => {
      const name = readdirSync(folder).find((each) => each.endsWith('.heapsnapshot') && !before.has(each));
      const path = name === undefined ? undefined : join(folder, name);
      return Promise.resolve(path !== undefined && endsWith(path, ']}') ? path : undefined);
    },
    { timeoutMs: 120_000 },
  );
}

function endsWith(path: string, end: string): boolean {
  const file = openSync(path, 'r');
  try {
    const tail = Buffer.alloc(end.length + 1);
    const { size } = fstatSync(file);
    readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
    return tail.toString('latin1').trimEnd().endsWith(end);
  } finally {
    closeSync(file);
  }
}
