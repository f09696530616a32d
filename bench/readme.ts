// The parts of README.md that runs write. Each is between two comments with its name.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const README = fileURLToPath(new URL('README.md', import.meta.url));

export type Part = 'results' | 'simulation' | 'workloads' | 'restart';

/** Replaces what an earlier run wrote. */
export async function writePart(part: Part, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${part}: written by a run -->`, `<!-- end of ${part} -->`];
  const readme = readFileSync(README, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${README} has no place for ${part}`);
  const written = `${readme.slice(0, from)}${begin}\n\n${text.trim()}\n\n${readme.slice(to)}`;
  writeFileSync(README, await format(written, { ...(await resolveConfig(README)), parser: 'markdown' }));
}
