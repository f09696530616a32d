// The output of the demo: headings, commands and results. With colours only if standard output is a terminal that supports them.
import { styleText } from 'node:util';

export function heading(text: string): void {
  print(`\n${styleText('bold', text)}`);
}

/** A sentence of the story. */
export function say(text: string): void {
  print(`  ${text}`);
}

/** Something that was waited for and seen. */
export function seen(text: string): void {
  print(`  ${styleText('green', '✓')} ${text}`);
}

/** A command that a person could type. */
export function command(text: string): void {
  print(`\n  ${styleText('cyan', `$ ${text}`)}`);
}

/** What a command has answered. */
export function answer(text: string): void {
  for (const line of text.trimEnd().split('\n')) print(`    ${line}`.trimEnd());
}

export function problem(text: string): void {
  print(`\n${styleText('red', text)}`);
}

/** Columns as wide as their widest cell; numbers to the right. The first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    /^[\d.]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('   ').trimEnd()).join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
