// All architecture rules over the source tree. A rule that finds no module always passes, so finding none is a violation too.
import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dependencyBreaches, dialectBreaches, homeBreaches, nameBreaches, revealBreaches } from './borders.ts';
import { folderCircles } from './folder-circles.ts';
import { layerBreaches } from './layers.ts';
import { sourceModule, type SourceModule } from './source-module.ts';

export interface ArchitectureReport {
  readonly modules: number;
  readonly breaches: readonly string[];
}

/** `root` is the folder that holds src and package.json. */
export async function checkArchitecture(root: string): Promise<ArchitectureReport> {
  const modules = await readModules(root);
  const { dependencies = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { dependencies?: object };
  const breaches = [
    ...(await unseenFolders(root, modules)),
    ...layerBreaches(modules),
    ...folderCircles(modules),
    ...homeBreaches(modules),
    ...revealBreaches(modules),
    ...nameBreaches(modules),
    ...dialectBreaches(modules),
    ...dependencyBreaches(modules, new Set(Object.keys(dependencies))),
  ];
  return { modules: modules.length, breaches };
}

async function readModules(root: string): Promise<SourceModule[]> {
  const modules: SourceModule[] = [];
  for await (const path of glob('src/**/*.ts', { cwd: root })) {
    modules.push(sourceModule(path.replaceAll('\\', '/'), await readFile(join(root, path), 'utf8')));
  }
  return modules.sort((left, right) => (left.path < right.path ? -1 : 1));
}

async function unseenFolders(root: string, modules: readonly SourceModule[]): Promise<string[]> {
  const folders = (await readdir(join(root, 'src'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const unseen = folders.filter(({ name }) => !modules.some(({ path }) => path.startsWith(`src/${name}/`)));
  const nothing = modules.some(({ imports }) => imports.length > 0) ? [] : ['src: no module with an import was seen'];
  return [...nothing, ...unseen.map(({ name }) => `src/${name}: no module was seen`)];
}
