import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { childCoverageEnvironment } from '../../../support/line-coverage/child-coverage.ts';
import { codeLines } from '../../../support/line-coverage/code-lines.ts';
import { lineCoverage, linesOfV8, type FileCoverage } from '../../../support/line-coverage/measure.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

describe('codeLines', () => {
  it('counts what can run', () => {
    const text = [
      '/** Doc. */',
      "import type { A } from './a.ts';",
      "import { b } from './b.ts';",
      '',
      'export interface C {',
      '  readonly d: string;',
      '}',
      'export type D =',
      "  | 'x';",
      'export function e(f: A): string {',
      '  // comment',
      "  const url = 'http://example'; // after code",
      '  return `${url}/* text */',
      '  //${b(f)}`;',
      '}',
      'export const g = {',
      '  h: 1,',
      '} as const;',
      "const module = await import('./i.ts');",
      "export { module } from './j.ts';",
    ].join('\n');
    expect([...codeLines(text)]).toEqual([10, 12, 13, 14, 16, 17, 19]);
  });
});

describe('linesOfV8', () => {
  it('lets an inner range override the outer one', () => {
    const text = 'one();\nif (x) {\n  two();\n}\nthree();\n';
    const inner = { startOffset: text.indexOf('{'), endOffset: text.indexOf('}') + 1, count: 0 };
    const outer = { startOffset: 0, endOffset: text.length, count: 1 };
    expect([...linesOfV8(text, [{ ranges: [outer, inner] }])]).toEqual([1, 2, 5]);
    expect([...linesOfV8(text, [{ ranges: [{ ...outer, count: 0 }] }])]).toEqual([]);
  });
});

describe('lineCoverage', () => {
  let folder: string;
  const report = (): string => path.join(folder, 'report');
  const children = (): string => path.join(folder, 'children');

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'keytender-line-coverage-'));
    const module = path.join(ROOT, 'src/base/time/duration.ts');
    const script = `import { parseDuration } from ${JSON.stringify(module)}; if (parseDuration('5m') !== 300000) process.exit(1);`;
    const env = { ...process.env, ...childCoverageEnvironment({ KEYTENDER_CHILD_COVERAGE: children() }) };
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function measured(jest: object): Promise<{ readonly percent: number; readonly file: FileCoverage }> {
    await writeFile(report(), JSON.stringify(jest));
    const { percent, files } = await lineCoverage({ root: ROOT, jestReport: report(), childFolder: children() });
    return { percent, file: files.find((one) => one.path === 'src/base/time/duration.ts')! };
  }

  it('sees what a process of its own ran', async () => {
    const { percent, file } = await measured({});
    const lines = (await readFile(path.join(ROOT, file.path), 'utf8')).split('\n');
    const uncovered = file.uncovered.map((line) => lines[line - 1]?.trim());
    expect(uncovered).toContain('if (duration < 1_000) return `${Math.round(duration)}ms`;');
    expect(uncovered).not.toContain('let total = 0;');
    expect(file.lines).toBeGreaterThan(file.uncovered.length);
    expect(percent).toBeGreaterThan(0);
    expect(percent).toBeLessThan(50);
  });

  it('joins it with what Jest saw', async () => {
    const before = (await measured({})).file;
    const line = before.uncovered.at(-1)!;
    const here = path.join(ROOT, before.path);
    const { file } = await measured({ [here]: { path: here, statementMap: { 0: { start: { line }, end: { line } } }, s: { 0: 3 } } });
    expect(file.uncovered).toEqual(before.uncovered.slice(0, -1));
  });

  it('counts files that nobody loaded', async () => {
    const { files } = await lineCoverage({ root: ROOT, jestReport: report(), childFolder: children() });
    const dialect = files.find(({ path: file }) => file === 'src/api/keytender-dialect.ts');
    expect(dialect?.uncovered).toHaveLength(dialect?.lines ?? 0);
    expect(files.some(({ path: file }) => file.startsWith('src/codegen/'))).toBe(false);
  });
});

describe('childCoverageEnvironment', () => {
  it('is empty when nobody measures', () => {
    expect(childCoverageEnvironment({})).toEqual({});
  });
});
