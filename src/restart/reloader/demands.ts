/** Which Secrets and ConfigMaps restart a workload by its annotations of Reloader. Pure. */
import type { SourceKind, SourceName } from '../source/content.ts';
import type { SourceMark } from '../source/mark.ts';
import type { ReloaderOptions } from './options.ts';
import type { ReloaderSettings, TypedSettings } from './parse-settings.ts';

/** How a workload uses a source; see Consumption. */
export interface Reference extends SourceName {
  readonly keys: 'all' | readonly string[];
  readonly effect: 'restart' | 'live' | 'image-pull';
}

export interface Demand extends SourceName {
  readonly keys: 'all' | readonly string[];
  /** search: only while the source has the mark `matched`. */
  readonly by: 'list' | 'auto' | 'search';
}

export interface Demands {
  readonly sources: readonly Demand[];
  /** Expressions to be compared with the names of all sources of the kind in the namespace. */
  readonly patterns: Readonly<Record<SourceKind, readonly string[]>>;
}

const kinds = ['Secret', 'ConfigMap'] as const;

/**
 * `matching`: the names in the namespace that match one of the expressions of the workload. A listed source needs no reference. `auto` and `search` find what
 * the workload reads when it starts.
 */
export function reloaderDemands(
  settings: ReloaderSettings,
  references: readonly Reference[],
  options: ReloaderOptions,
  matching: readonly SourceName[] = [],
): Demands {
  const sources = kinds.flatMap((kind) => {
    if (options.ignoredKinds.has(kind)) return [];
    const typed = settings[kind];
    const excluded = new Set(typed.excluded);
    return [...demandsOf(kind, typed, references, options.autoReloadAll, matching).values()].filter(({ name }) => !excluded.has(name));
  });
  const patterns = (kind: SourceKind): readonly string[] => (options.ignoredKinds.has(kind) ? [] : settings[kind].patterns);
  return { sources, patterns: { Secret: patterns('Secret'), ConfigMap: patterns('ConfigMap') } };
}

function demandsOf(
  kind: SourceKind,
  { auto, search, names, patterns }: TypedSettings,
  references: readonly Reference[],
  autoReloadAll: boolean,
  matching: readonly SourceName[],
): ReadonlyMap<string, Demand> {
  const demands = new Map<string, Demand>();
  const isAuto = auto === 'yes' || (auto === 'unsaid' && autoReloadAll);
  const found = isAuto || search ? references.filter((each) => each.kind === kind && each.effect === 'restart') : [];
  for (const { name, keys } of found) demands.set(name, { kind, name, keys, by: isAuto ? 'auto' : 'search' });
  const matched = patterns.length === 0 ? [] : matching.filter((each) => each.kind === kind).map(({ name }) => name);
  for (const name of [...names, ...matched]) demands.set(name, { kind, name, keys: 'all', by: 'list' });
  return demands;
}

/** Whether a demand holds, by what the source itself says. */
export function isDemandHeard({ by }: Pick<Demand, 'by'>, marks: readonly SourceMark[]): boolean {
  if (marks.includes('ignored') || marks.includes('unselected')) return false;
  return by !== 'search' || marks.includes('matched');
}
