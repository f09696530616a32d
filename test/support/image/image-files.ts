// All files of an image in the view of a container, with owners and modes, and the files below one folder unpacked.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mustRun } from '../control-plane/run-command.ts';
import { engineClient } from '../docker-engine/engine.ts';

export interface ImageFile {
  /** Without a slash in front. */
  readonly path: string;
  /** As ls prints it: -rwxr-xr-x. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
}

/** Writes the image's files into `<folder>/image.tar` and lists them. */
export async function listImage(name: string, folder: string): Promise<readonly ImageFile[]> {
  const { dockerode } = (await engineClient()).container;
  const container = await dockerode.createContainer({ Image: name });
  try {
    await pipeline(await container.export(), createWriteStream(join(folder, 'image.tar')));
  } finally {
    await container.remove();
  }
  const listing = await mustRun('tar', [
    '--list',
    '--verbose',
    '--numeric-owner',
    '--quoting-style=literal',
    '--file',
    join(folder, 'image.tar'),
  ]);
  return listing.trimEnd().split('\n').map(parseLine);
}

/** Unpacks what is below `path` of an image that was listed; returns where it is then. */
export async function unpackImage(folder: string, path: string): Promise<string> {
  await mustRun('tar', ['--extract', '--directory', folder, '--file', join(folder, 'image.tar'), path]);
  return join(folder, path);
}

function parseLine(line: string): ImageFile {
  // -rw-r--r-- 0/0   1234 1970-01-01 00:00 app/package.json -> target
  const match = /^(\S{10})\s+(\d+)\/(\d+)\s+(\S+)\s+\S+ \S+ (.*)$/.exec(line);
  const [, mode = '', uid, gid, size, name = ''] = match ?? [];
  if (match === null) throw new Error(`tar lists what is not understood: ${line}`);
  return { path: name.replace(/ (?:->|link to) .*$/, ''), mode, uid: Number(uid), gid: Number(gid), bytes: Number(size) || 0 };
}
