/**
 * `npm run generate` writes all generated files. With `--check` it writes nothing, prints the files that differ, and exits with code 1 if there are any.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const stale = await staleFiles();
  if (values.check) {
    for (const file of stale.keys()) console.error(`${file} differs from the output of npm run generate`);
    process.exitCode = stale.size === 0 ? 0 : 1;
    return;
  }
  for (const [file, text] of stale) {
    await mkdir(path.join(ROOT, path.dirname(file)), { recursive: true });
    await writeFile(path.join(ROOT, file), text);
    console.log(`wrote ${file}`);
  }
}

/** The generated files that are missing on disk or differ from it. */
async function staleFiles(): Promise<ReadonlyMap<string, string>> {
  const stale = new Map<string, string>();
  for (const [file, text] of await generatedFiles()) {
    if ((await textOf(path.join(ROOT, file))) !== text) stale.set(file, text);
  }
  return stale;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

await main();
