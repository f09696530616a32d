// The lines of src that ran, from Jest's report of its own process and from the files of V8 for the operator's processes.
import { glob, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { codeLines } from './code-lines.ts';

export interface FileCoverage {
  /** From the root of the repository. */
  readonly path: string;
  readonly lines: number;
  readonly uncovered: readonly number[];
}

export interface LineCoverage {
  /** 0 to 100. */
  readonly percent: number;
  readonly files: readonly FileCoverage[];
}

interface V8Function {
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}

interface V8Report {
  readonly result: readonly { readonly url: string; readonly functions: readonly V8Function[] }[];
}

interface JestFile {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number }; readonly end: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
}

export interface CoverageInputs {
  readonly root: string;
  /** Jest's coverage-final.json. */
  readonly jestReport: string;
  /** Folder that NODE_V8_COVERAGE named. */
  readonly childFolder: string;
}

/** Over all of src that the operator loads. Throws when Jest left no report. */
export async function lineCoverage({ root, jestReport, childFolder }: CoverageInputs): Promise<LineCoverage> {
  const texts = new Map<string, string>();
  for await (const path of glob('src/**/*.ts', { cwd: root })) {
    if (!path.startsWith('src/codegen/')) texts.set(path, await readFile(join(root, path), 'utf8'));
  }
  const covered = new Map([...texts.keys()].map((path) => [path, new Set<number>()]));
  const report = JSON.parse(await readFile(jestReport, 'utf8')) as Readonly<Record<string, JestFile>>;
  for (const file of Object.values(report)) addAll(covered.get(relative(root, file.path)), linesOfJest(file));
  for (const name of await namesIn(childFolder)) {
    const child = JSON.parse(await readFile(join(childFolder, name), 'utf8')) as V8Report;
    for (const { url, functions } of child.result.filter(({ url: one }) => one.startsWith(`${pathToFileURL(root).href}/src/`))) {
      const path = relative(root, fileURLToPath(url));
      const text = texts.get(path);
      if (text !== undefined) addAll(covered.get(path), linesOfV8(text, functions));
    }
  }
  return summed([...texts].map(([path, text]) => fileCoverage(path, text, covered.get(path) ?? new Set())));
}

function fileCoverage(path: string, text: string, covered: ReadonlySet<number>): FileCoverage {
  const lines = codeLines(text);
  return { path, lines: lines.size, uncovered: [...lines].filter((line) => !covered.has(line)) };
}

function summed(files: readonly FileCoverage[]): LineCoverage {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const uncovered = files.reduce((sum, file) => sum + file.uncovered.length, 0);
  return { percent: lines === 0 ? 0 : (100 * (lines - uncovered)) / lines, files };
}

function linesOfJest({ statementMap, s }: JestFile): Set<number> {
  const lines = new Set<number>();
  for (const [id, { start, end }] of Object.entries(statementMap)) {
    if ((s[id] ?? 0) > 0) for (let line = start.line; line <= end.line; line++) lines.add(line);
  }
  return lines;
}

/**
 * Lines with some code that ran. V8 gives ranges with counts, an outer one before those inside it, so a later range overrides
 * (https://v8.dev/blog/javascript-code-coverage). Node blanks types in place, so offsets are those of the file.
 */
export function linesOfV8(text: string, functions: readonly V8Function[]): Set<number> {
  const ran = new Uint8Array(text.length).fill(1);
  const ranges = functions.flatMap((one) => one.ranges).sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  const lines = new Set<number>();
  let line = 1;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset] ?? '';
    if (character === '\n') line++;
    else if (ran[offset] === 1 && /[A-Za-z0-9_$]/.test(character)) lines.add(line);
  }
  return lines;
}

function addAll(to: Set<number> | undefined, lines: ReadonlySet<number>): void {
  for (const line of lines) to?.add(line);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.json'));
}
