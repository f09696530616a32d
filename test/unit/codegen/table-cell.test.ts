// A text in a cell of a markdown table, and the generated tables.
import { describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../../../src/codegen/generated-files.ts';
import { codeCell, textCell } from '../../../src/codegen/table-cell.ts';

/** What ends a cell: a bar that is not escaped. */
const BAR = /(?<!\\)\|/;

describe('a cell of a table', () => {
  it.each([
    ['a|b', String.raw`a\|b`],
    ['* ? # | @', String.raw`* ? # \| @`],
    [String.raw`a dot as \.`, String.raw`a dot as \\.`],
    [String.raw`a bar as \|`, String.raw`a bar as \\\|`],
    ['one\ntwo', 'one two'],
  ])('%j is written as %j', (text, cell) => {
    expect(textCell(text)).toBe(cell);
  });

  it('keeps backslashes in code', () => {
    expect(codeCell(String.raw`^(a|\$)+$`)).toBe('`^(a\\|\\$)+$`');
  });
});

describe('each generated table', () => {
  it('has rows of as many cells as its head', async () => {
    const files = await generatedFiles();
    for (const file of ['docs/reference/reasons.md', 'docs/reference/api.md']) {
      const tables = (files.get(file) ?? '').split('\n\n').filter((part) => part.startsWith('|'));
      expect(tables.length).toBeGreaterThan(1);
      for (const table of tables) {
        const [head = '', ...rows] = table.trimEnd().split('\n');
        for (const row of rows) expect({ row, cells: row.split(BAR).length }).toEqual({ row, cells: head.split(BAR).length });
      }
    }
  });
});
