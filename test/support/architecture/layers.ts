// The layers of src as data, and the rule between them: an import goes down, or to the port of a neighbour as a type.
import { posix } from 'node:path';
import type { Import, SourceModule } from './source-module.ts';

/** Lowest first. Units of one layer know each other only through `port.ts`, by `import type`. */
export const layers: readonly (readonly string[])[] = [
  ['base'],
  ['failure'],
  ['messages'],
  ['api'],
  ['kube', 'aws', 'telemetry'],
  ['watch', 'queue', 'source', 'resolve', 'render', 'apply', 'restart', 'rotate', 'status'],
  ['view', 'config', 'version'],
  ['change-events'],
  ['reconcile'],
  ['app', 'cli'],
  ['main'],
];

/** Development only: it may read these, and nothing reads it. */
const CODEGEN = 'codegen';
const CODEGEN_MAY_READ: ReadonlySet<string> = new Set(['api', 'messages', 'failure', 'base', CODEGEN]);
/** The rules of the chart follow from the list of controllers. */
const CODEGEN_MAY_IMPORT: ReadonlySet<string> = new Set(['src/app/controllers.ts', 'src/reconcile/shared/controller.ts']);

/** The folder below src, or the name of a file directly in it. */
export function unitOf(path: string): string {
  const [, unit = ''] = path.split('/');
  return posix.basename(unit, '.ts');
}

/** One sentence for each import that breaks the rule, and for each unit without a layer. */
export function layerBreaches(modules: readonly SourceModule[]): string[] {
  return modules.flatMap((module) => {
    if (rankOf(unitOf(module.path)) === undefined && unitOf(module.path) !== CODEGEN) return [`${module.path}: has no layer`];
    return module.imports.filter(({ specifier }) => specifier.startsWith('.')).flatMap((one) => breachOf(module, one));
  });
}

function breachOf(module: SourceModule, { specifier, typeOnly }: Import): string[] {
  const target = posix.join(posix.dirname(module.path), specifier);
  const says = (why: string): string[] => [`${module.path}: imports ${target}: ${why}`];
  if (!target.startsWith('src/')) return says('it is outside src');
  const from = unitOf(module.path);
  const to = unitOf(target);
  if (from === to) return [];
  if (from === CODEGEN)
    return CODEGEN_MAY_READ.has(to) || CODEGEN_MAY_IMPORT.has(target) ? [] : says('codegen reads api and the list of controllers only');
  if (to === CODEGEN) return says('codegen is for development only');
  return neighbourBreach(from, to, posix.basename(target) === 'port.ts' && typeOnly).flatMap(says);
}

function neighbourBreach(from: string, to: string, isPortType: boolean): string[] {
  const [mine, theirs] = [rankOf(from), rankOf(to)];
  if (mine === undefined || theirs === undefined) return ['it has no layer'];
  if (theirs < mine) return [];
  if (theirs === mine && isPortType) return [];
  return [theirs === mine ? `${from} and ${to} meet only in port.ts, by import type` : `${to} is above ${from}`];
}

function rankOf(unit: string): number | undefined {
  const rank = layers.findIndex((layer) => layer.includes(unit));
  return rank < 0 ? undefined : rank;
}
