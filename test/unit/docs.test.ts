// The targets of the documentation exist: files, headings, commands, reasons, flags, metrics.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { failureReasons } from '../../src/failure/reasons.ts';
import { settings } from '../../src/config/settings.ts';
import { anchors, codeBlocks, markdownFile, markdownFiles, relativeLinks } from '../support/docs/markdown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const files = markdownFiles();
const byHand = files.filter(({ path }) => !path.startsWith('docs/reference/'));

describe('the documentation', () => {
  it('is found', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/install.md', 'docs/reference/reasons.md']));
    expect(relativeLinks(markdownFile('README.md')).length).toBeGreaterThan(10);
    expect(codeBlocks(markdownFile('README.md'), 'yaml').length).toBeGreaterThan(1);
  });

  it.each(files)('$path links to files and headings that exist', (file) => {
    expect(relativeLinks(file).filter((link) => !leadsSomewhere(file.path, link))).toEqual([]);
  });

  it('names commands of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Record<string, string> };
    const named = byHand.flatMap(({ text }) => [...text.matchAll(/npm run (?:--silent )?([\w-]+)/g)].map(([, name = '']) => name));
    expect(named).toEqual(expect.arrayContaining(['demo', 'check', 'generate']));
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('gives every reason of failure a place in the troubleshooting, and no other', () => {
    const { text } = markdownFile('docs/troubleshooting.md');
    // Reasons stand in the first column.
    const told = [...text.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    const restarts = [...text.matchAll(/`(Restart\w*(?:Found|Failed))`/g)].map(([, name = '']) => name);
    expect([...told, ...restarts].toSorted()).toEqual(Object.keys(failureReasons).toSorted());
  });

  it('names flags of the operator as they are', () => {
    const flags = Object.values(settings).map(({ flag }) => flag);
    const about = /`--((?:log|leader|cache|default-refresh|allow|cluster-stores|namespaces|restart|concurrency)[\w-]*)/g;
    const named = byHand.flatMap(({ text }) => [...text.matchAll(about)].map(([, flag = '']) => flag));
    expect(named).toEqual(expect.arrayContaining(['leader-elect', 'cache-ttl']));
    expect(named.filter((flag) => !(flags as readonly string[]).includes(flag))).toEqual([]);
  });

  it('names metrics that the operator has', () => {
    const source = sourceOf(join(ROOT, 'src/telemetry/metrics'));
    const named = byHand.flatMap(({ text }) => [...text.matchAll(/\bkeytender_[a-z_]*[a-z]\b/g)].map(([name]) => name));
    expect(named).toContain('keytender_last_success_age_seconds');
    // What changes for you: "`former` is `present`".
    const former = [...markdownFile('docs/install.md').text.matchAll(/`(keytender_\w+)` is `keytender_/g)].map(([, name]) => name);
    const unknown = named.filter((name) => !source.includes(`'${name.replace(/_(bucket|sum|count)$/, '')}'`));
    expect(unknown).toEqual(former);
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : join(dirname(from), target);
  if (!existsSync(resolve(ROOT, path))) return false;
  return anchor === undefined || !path.endsWith('.md') || anchors(markdownFile(path)).includes(anchor);
}

function sourceOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}
