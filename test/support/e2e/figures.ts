// The measurements of an e2e run, as a table at its end. Test files write them to a file that the runner names.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Names the file. */
export const FIGURES_VARIABLE = 'KEYTENDER_E2E_FIGURES';

interface Figure {
  readonly what: string;
  readonly value: string;
}

/** Says a figure at once and keeps it for the table. */
export function figure(what: string, value: string): void {
  process.stderr.write(`e2e: ${what}: ${value}\n`);
  const file = process.env[FIGURES_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, value })}\n`);
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The table; empty when nothing was measured. */
export function figuresTable(file: string): string {
  if (!existsSync(file)) return '';
  const figures = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map(({ what, value }) => `  ${what.padEnd(width)}  ${value}\n`).join('');
}
