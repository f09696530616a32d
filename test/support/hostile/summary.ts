// The figures of a whole run of hostile inputs as one table. Each measurement is a line of a file, since test files run in processes of their own.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Findings } from './findings.ts';

/** Path of the file; set by run-tests.ts. */
export const SUMMARY_VARIABLE = 'KEYTENDER_HOSTILE_SUMMARY';

export type Measured =
  | { readonly input: string; readonly findings: Findings; readonly breaches: readonly string[] }
  /** It ended without all of its figures, or what else must hold does not. */
  | { readonly input: string; readonly failure: string };

/** Without the file (Jest was started by hand) nothing is kept. */
export function recordMeasured(measured: Measured): void {
  const path = process.env[SUMMARY_VARIABLE];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(measured)}\n`);
}

/** In the order of their ends; empty where nothing was measured. */
export function readMeasured(path: string): readonly Measured[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Measured);
}

const HEAD: readonly string[] = [
  'input',
  'phase',
  'longest turn, ms',
  '/livez, ms (noise)',
  'other tenant, ms (quiet)',
  'rotated value, ms',
  'peak RSS, MiB',
  'loop busy, %',
  'rule',
];

/** In Markdown: a row for each measurement, and a line that counts them. Pure. */
export function summaryTable(all: readonly Measured[]): string {
  const rows = all.map(rowOf);
  const isInside = (measured: Measured): boolean => 'findings' in measured && measured.breaches.length === 0;
  const inside = all.filter(isInside).length;
  const lines = [HEAD, HEAD.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [...lines, '', `${inside} of ${all.length} measurements are inside the rule`].join('\n');
}

function rowOf(measured: Measured): readonly string[] {
  const input = cell(measured.input);
  if ('failure' in measured) return [input, '', '', '', '', '', '', '', `outside: ${cell(measured.failure)}`];
  const { phase, turnsMs, livezMs, noiseMs, newcomersMs, quietMs, rotationsMs = [], peakMiB, busyShare } = measured.findings;
  return [
    input,
    phase,
    (turnsMs[0] ?? 0).toFixed(0),
    `${livezMs.toFixed(0)} (${noiseMs.toFixed(0)})`,
    `${Math.max(0, ...newcomersMs).toFixed(0)} (${quietMs.toFixed(0)})`,
    rotationsMs.length === 0 ? '' : Math.max(...rotationsMs).toFixed(0),
    peakMiB.toFixed(0),
    busyShare === undefined ? '' : (100 * busyShare).toFixed(0),
    measured.breaches.length === 0 ? 'inside' : `outside: ${cell(measured.breaches.join('; '))}`,
  ];
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 300);
}
