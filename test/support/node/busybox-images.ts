// Images for pods of tests, from Debian's static busybox: one that waits (every pod needs it), one with a shell, one with this Node.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mustRun } from '../control-plane/run-command.ts';
import { writeImageArchive } from './image-archive.ts';

export const PAUSE_IMAGE = 'ground.example/pause:1';
/** Entry point: /bin/sh, with every applet of busybox in /bin. */
export const BUSYBOX_IMAGE = 'ground.example/busybox:1';
/** Entry point: the Node that runs the tests; with busybox as well. */
export const NODE_IMAGE = 'ground.example/node:24';

/** Writes the archives of PAUSE_IMAGE and BUSYBOX_IMAGE into a folder and returns their paths. */
export async function writeBusyboxImages(folder: string, busybox: string): Promise<readonly string[]> {
  return withRoot(busybox, async (root) => [
    await writeImageArchive(join(folder, 'pause.tar'), {
      name: PAUSE_IMAGE,
      root,
      entrypoint: ['/bin/sleep', '2147483647'],
    }),
    await writeImageArchive(join(folder, 'busybox.tar'), { name: BUSYBOX_IMAGE, root, entrypoint: ['/bin/sh'] }),
  ]);
}

/** Writes the archive of NODE_IMAGE into a folder and returns its path. About 130 MB. */
export async function writeNodeImage(folder: string, busybox: string): Promise<string> {
  return withRoot(busybox, async (root) => {
    await installNode(root);
    return writeImageArchive(join(folder, 'node.tar'), { name: NODE_IMAGE, root, entrypoint: ['/usr/local/bin/node'] });
  });
}

/** Puts the Node that runs the tests, and what it is linked with, below a folder; it is /usr/local/bin/node there. */
export async function installNode(root: string): Promise<void> {
  const copy = (from: string, to = from): void => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(from, join(root, to));
  };
  copy(process.execPath, '/usr/local/bin/node');
  const libraries = await mustRun('ldd', [process.execPath]);
  for (const [path] of libraries.matchAll(/\/\S+/g)) if (path !== process.execPath) copy(path);
}

async function withRoot<T>(busybox: string, use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'keytender-root-'));
  try {
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sys']) mkdirSync(join(root, name));
    mkdirSync(join(root, 'tmp'));
    await mustRun('chmod', ['1777', join(root, 'tmp')]);
    copyFileSync(busybox, join(root, 'bin/busybox'));
    const applets = (await mustRun(busybox, ['--list'])).trim().split('\n');
    for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
