// docs/migrating-from-reloader.md names the test of each row: those tests exist.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { reloaderNames } from '../../../../src/restart/reloader/annotation-names.ts';
import { markdownFile } from '../../../support/docs/markdown.ts';

const { text } = markdownFile('docs/migrating-from-reloader.md');
const rows = [...text.matchAll(/^\| (?!-)(.*?) +\|(.*)\|([^|]*)\|$/gm)].map(([, first = '', , last = '']) => ({
  first,
  test: last.trim(),
}));

it('each row of the page names a test that exists, except what is not supported', () => {
  const folder = join(import.meta.dirname, '..');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const sources = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const named = rows.map(({ test }) => test).filter((test) => test.startsWith('`'));
  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((test) => !sources.includes(`'${test.slice(1, -1)}'`) && !sources.includes(`"${test.slice(1, -1)}"`))).toEqual([]);
  expect(rows.filter(({ test }) => test === '').map(({ first }) => first)).toEqual([
    '`secretproviderclass.reloader.stakater.com/…`',
    '`reload-strategy`',
    '`webhook-url`, alert sinks, `enable-csi-integration`',
  ]);
});

it('the page names each annotation', () => {
  const names = Object.values(reloaderNames).flatMap((name) => (typeof name === 'string' ? [name] : [name.Secret as string]));
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});
