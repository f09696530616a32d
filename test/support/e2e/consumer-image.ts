// The image of the applications in e2e tests: Node, the programs in this folder, and their packages.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../jest-run.ts';
import { installNode } from '../node/busybox-images.ts';
import { writeImageArchive } from '../node/image-archive.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';

export const CONSUMER_IMAGE = 'ground.example/consumer:1';
export const PRINT_DIGESTS = '/app/print-digests.ts';
export const CONNECT = '/app/connect.ts';

const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));
const PACKAGE = 'pg';

/** Writes the archive into a folder and returns its path. About 130 MB. */
export async function writeConsumerImage(folder: string): Promise<string> {
  using owned = makeOwnedFolder('consumer-image');
  const root = owned.path;
  await installNode(root);
  cpSync(PROGRAMS, join(root, 'app'), { recursive: true });
  writeFileSync(join(root, 'app/package.json'), JSON.stringify({ type: 'module' }));
  for (const name of dependenciesOf(PACKAGE)) {
    cpSync(join(ROOT, 'node_modules', name), join(root, 'app/node_modules', name), { recursive: true });
  }
  return await writeImageArchive(join(folder, 'consumer.tar'), { name: CONSUMER_IMAGE, root, entrypoint: ['/usr/local/bin/node'] });
}

/** The package and all that it depends on. None of them is installed twice, so that each is in the root's folder. */
function dependenciesOf(name: string, known: Set<string> = new Set()): ReadonlySet<string> {
  known.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  for (const next of Object.keys(dependencies)) if (!known.has(next)) dependenciesOf(next, known);
  return known;
}
