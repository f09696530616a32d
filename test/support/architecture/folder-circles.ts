// No circle among the children of any folder: subfolders and files of one folder can be put in an order in which imports go down only, types included.
import { posix } from 'node:path';
import type { SourceModule } from './source-module.ts';

/** The imports between two children of one folder, by one example. */
type Arrows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** One sentence for each circle: the folder, its children in the circle, and an import for each arrow. */
export function folderCircles(modules: readonly SourceModule[]): string[] {
  return [...arrowsByFolder(modules)].flatMap(([folder, arrows]) =>
    circlesOf(arrows).map((circle) => {
      const examples = circle.map((from, at) => arrows.get(from)?.get(circle[(at + 1) % circle.length] ?? '') ?? '');
      return `${folder}: ${[...circle, circle[0]].join(' -> ')} is a circle: ${examples.join('; ')}`;
    }),
  );
}

function arrowsByFolder(modules: readonly SourceModule[]): ReadonlyMap<string, Arrows> {
  const folders = new Map<string, Map<string, Map<string, string>>>();
  for (const { path, imports } of modules) {
    for (const { specifier } of imports) {
      if (!specifier.startsWith('.')) continue;
      const target = posix.join(posix.dirname(path), specifier);
      const folder = commonFolder(path, target);
      const [from, to] = [childOf(folder, path), childOf(folder, target)];
      const arrows = entryOf(folders, folder, () => new Map<string, Map<string, string>>());
      if (from !== to) entryOf(arrows, from, () => new Map<string, string>()).set(to, `${path} imports ${target}`);
    }
  }
  return folders;
}

/** One circle for each set of children that reach each other. */
function circlesOf(arrows: Arrows): string[][] {
  const inCircles = new Set<string>();
  return [...arrows.keys()].flatMap((start) => {
    if (inCircles.has(start)) return [];
    const circle = wayBack(arrows, start);
    for (const child of circle ?? []) inCircles.add(child);
    return circle === undefined ? [] : [circle];
  });
}

/** The shortest way from a child to itself. */
function wayBack(arrows: Arrows, start: string): string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of arrows.get(way.at(-1) ?? '')?.keys() ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

function commonFolder(left: string, right: string): string {
  const [mine, theirs] = [posix.dirname(left).split('/'), posix.dirname(right).split('/')];
  const differs = mine.findIndex((part, at) => part !== theirs[at]);
  return mine.slice(0, differs < 0 ? mine.length : differs).join('/');
}

/** A subfolder with a slash at its end, or a file. */
function childOf(folder: string, path: string): string {
  const [child = '', ...rest] = path.slice(folder.length + 1).split('/');
  return rest.length > 0 ? `${child}/` : child;
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
