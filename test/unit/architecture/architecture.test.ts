import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dependencyBreaches, dialectBreaches, homeBreaches, nameBreaches, revealBreaches } from '../../support/architecture/borders.ts';
import { checkArchitecture } from '../../support/architecture/check-architecture.ts';
import { folderCircles } from '../../support/architecture/folder-circles.ts';
import { layerBreaches } from '../../support/architecture/layers.ts';
import { sourceModule } from '../../support/architecture/source-module.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

describe('src', () => {
  it('keeps every rule of the architecture', async () => {
    const { modules, breaches } = await checkArchitecture(ROOT);
    expect(breaches).toEqual([]);
    expect(modules).toBeGreaterThan(20);
  });
});

describe('sourceModule', () => {
  it('finds every way to import', () => {
    const text = `
      import a, { b } from './a.ts'; import type { C } from './c.ts'; import './d.ts';
      export * from './e.ts'; export { f } from './f.ts'; export type { G } from './g.ts';
      const h = await import('./h.ts'); type I = import('./i.ts').I;
      const j = await import(a);
      // import './comment.ts'
      const k = "import './text.ts'";
      export const l = 1;
    `;
    expect(sourceModule('src/x.ts', text).imports).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: './c.ts', typeOnly: true },
      { specifier: './d.ts', typeOnly: false },
      { specifier: './e.ts', typeOnly: false },
      { specifier: './f.ts', typeOnly: false },
      { specifier: './g.ts', typeOnly: true },
      { specifier: './h.ts', typeOnly: false },
      { specifier: './i.ts', typeOnly: true },
      { specifier: '(computed)', typeOnly: false },
    ]);
  });
});

describe('layerBreaches', () => {
  it.each([
    ['src/base/a.ts', `import { x } from '../api/x.ts'`],
    ['src/api/a.ts', `import { x } from '../kube/x.ts'`],
    ['src/api/a.ts', `import type { x } from '../watch/port.ts'`],
    ['src/kube/a.ts', `import { x } from '../aws/x.ts'`],
    ['src/watch/a.ts', `import { x } from '../queue/work-queue.ts'`],
    ['src/watch/a.ts', `import type { X } from '../queue/work-queue.ts'`],
    ['src/watch/a.ts', `import { x } from '../queue/port.ts'`],
    ['src/watch/a.ts', `import { type X } from '../queue/port.ts'`],
    ['src/watch/a.ts', `export { x } from '../queue/x.ts'`],
    ['src/watch/a.ts', `const x = await import('../queue/x.ts')`],
    ['src/apply/a.ts', `import { x } from '../reconcile/x.ts'`],
    ['src/reconcile/deep/a.ts', `import { x } from '../../app/x.ts'`],
    ['src/cli/a.ts', `import { x } from '../app.ts'`],
    ['src/app.ts', `import { x } from './main.ts'`],
    ['src/main.ts', `import { x } from './codegen/x.ts'`],
    ['src/codegen/a.ts', `import { x } from '../kube/x.ts'`],
    ['src/base/a.ts', `import { x } from '../../test/support/x.ts'`],
    ['src/helpers/a.ts', ``],
    ['src/base/a.ts', `import { x } from '../helpers/x.ts'`],
  ])('%s may not: %s', (file, text) => {
    expect(layerBreaches([sourceModule(file, text)])).toHaveLength(1);
  });

  it.each([
    ['src/api/a.ts', `import { x } from '../base/x.ts'`],
    ['src/watch/a.ts', `import type { X } from '../queue/port.ts'`],
    ['src/watch/a.ts', `import { x } from './deep/x.ts'`],
    ['src/watch/a.ts', `import { x } from '../kube/x.ts'`],
    ['src/reconcile/deep/a.ts', `import { x } from '../../apply/x.ts'`],
    ['src/app.ts', `import { x } from './app/x.ts'; import { y } from './reconcile/y.ts'; import { z } from './config.ts'`],
    ['src/main.ts', `import { x } from './app.ts'; import { y } from './cli/y.ts'`],
    ['src/codegen/a.ts', `import { x } from '../api/x.ts'; import { y } from 'yaml'`],
    ['src/base/a.ts', `import { x } from 'node:fs'`],
  ])('%s may: %s', (file, text) => {
    expect(layerBreaches([sourceModule(file, text)])).toEqual([]);
  });
});

describe('folderCircles', () => {
  const circlesOf = (files: Readonly<Record<string, string>>): string[] =>
    folderCircles(Object.entries(files).map(([path, text]) => sourceModule(path, text)));

  it.each([
    [
      'of two folders',
      { 'src/a/x.ts': `import { y } from '../b/y.ts'`, 'src/b/y.ts': '', 'src/b/z.ts': `import { w } from '../a/w.ts'`, 'src/a/w.ts': '' },
    ],
    ['of types', { 'src/s/a/x.ts': `import type { Y } from '../b/y.ts'`, 'src/s/b/z.ts': `import type { W } from '../a/w.ts'` }],
    ['of a file and a folder', { 'src/s/x.ts': `import { y } from './b/y.ts'`, 'src/s/b/z.ts': `import { x } from '../x.ts'` }],
    [
      'of three folders',
      { 'src/a/x.ts': `import '../b/y.ts'`, 'src/b/c/y.ts': `import '../../d/z.ts'`, 'src/d/z.ts': `export * from '../a/w.ts'` },
    ],
  ])('finds a circle %s, once', (_what, files) => {
    expect(circlesOf(files)).toEqual([expect.stringMatching(/ is a circle: src\/.* imports src\//)]);
  });

  it('finds none where imports go down only', () => {
    const down = `import { y } from '../b/y.ts'; import { z } from '../port.ts'`;
    expect(
      circlesOf({ 'src/a/x.ts': down, 'src/a/w.ts': down, 'src/b/y.ts': `import { z } from '../port.ts'`, 'src/port.ts': '' }),
    ).toEqual([]);
  });
});

describe('the borders', () => {
  it.each([
    ['src/watch/a.ts', `import { x } from '@kubernetes/client-node'`],
    ['src/watch/a.ts', `import type { Dispatcher } from 'undici'`],
    ['src/source/a.ts', `import { x } from '@aws-sdk/client-sts'`],
    ['src/source/a.ts', `import { x } from '@smithy/types'`],
  ])('%s may not: %s', (file, text) => {
    expect(homeBreaches([sourceModule(file, text)])).toHaveLength(1);
    expect(homeBreaches([sourceModule('src/kube/a.ts', text), sourceModule('src/aws/a.ts', text)])).toHaveLength(1);
  });

  it.each(['value.reveal()', 'value?.reveal()', 'this.values.get(1)?.value.reveal().toString()'])('%s is for few', (text) => {
    expect(revealBreaches([sourceModule('src/status/a.ts', text)])).toHaveLength(1);
    expect(revealBreaches([sourceModule('src/apply/a.ts', text), sourceModule('src/status/b.ts', 'conceal(); reveal')])).toEqual([]);
  });

  it.each(["const x = 'keytender.dev/managed'", 'const x = `a.keytender.dev/${y}`'])('%s is for the API only', (text) => {
    expect(nameBreaches([sourceModule('src/apply/a.ts', text)])).toHaveLength(1);
    expect(
      nameBreaches([sourceModule('src/api/a.ts', text), sourceModule('src/apply/b.ts', '/** keytender.dev */ export const x = 1')]),
    ).toEqual([]);
  });

  it.each([`import { keytender } from '../api/keytender-dialect.ts'`, `import type { keytender } from '../../api/keytender-dialect.ts'`])(
    '%s is for the wiring only',
    (text) => {
      for (const unit of ['view', 'reconcile', 'status', 'apply', 'source']) {
        expect(dialectBreaches([sourceModule(`src/${unit}/a.ts`, text)])).toHaveLength(1);
      }
      const wiring = ['src/main.ts', 'src/app.ts', 'src/app/a.ts', 'src/codegen/a.ts', 'src/api/a.ts'];
      expect(dialectBreaches(wiring.map((file) => sourceModule(file, text)))).toEqual([]);
      expect(dialectBreaches([sourceModule('src/view/a.ts', `import type { Dialect } from '../api/dialect.ts'`)])).toEqual([]);
    },
  );

  it('what the operator loads is installed with it', () => {
    const installed = new Set(['zod', '@aws-sdk/client-sts']);
    const of = (file: string, text: string): string[] => dependencyBreaches([sourceModule(file, text)], installed);
    expect(
      of('src/api/a.ts', `import { z } from 'zod/v4'; import { x } from '@aws-sdk/client-sts/part'; import type { y } from 'yaml'`),
    ).toEqual([]);
    expect(of('src/api/a.ts', `import { parse } from 'yaml'`)).toHaveLength(1);
    expect(of('src/codegen/a.ts', `import { parse } from 'yaml'`)).toEqual([]);
  });
});
