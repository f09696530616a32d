/** One workload with annotations of Reloader, and a change of one Secret or ConfigMap: is the workload restarted? */
import type { SourceName } from '../../../../src/restart/source/content.ts';
import { isDemandHeard, reloaderDemands, type Reference } from '../../../../src/restart/reloader/demands.ts';
import { compilePattern } from '../../../../src/restart/reloader/name-pattern.ts';
import { marksOf, reloaderOptions, type ReloaderFlags } from '../../../../src/restart/reloader/options.ts';
import { parseReloaderSettings } from '../../../../src/restart/reloader/parse-settings.ts';

export type Annotations = Readonly<Record<string, string>>;

export const A = 'reloader.stakater.com';
export const secret = (name: string): SourceName => ({ kind: 'Secret', name });
export const configMap = (name: string): SourceName => ({ kind: 'ConfigMap', name });
export const reads = (source: SourceName, effect: Reference['effect'] = 'restart', keys: Reference['keys'] = 'all'): Reference => ({
  ...source,
  keys,
  effect,
});

export interface WorkloadShape {
  readonly on?: Annotations;
  readonly template?: Annotations;
  readonly reads?: readonly Reference[];
}

export interface ChangedSource {
  readonly annotations?: Annotations;
  readonly labels?: Annotations;
}

export function optionsOf(flags: ReloaderFlags = {}) {
  const options = reloaderOptions(flags);
  if (!options.ok) throw new TypeError(options.failure);
  return options.value;
}

export function restarts(workload: WorkloadShape, source: SourceName, object: ChangedSource = {}, flags: ReloaderFlags = {}): boolean {
  const options = optionsOf(flags);
  const settings = parseReloaderSettings(options.names, workload.on, workload.template);
  const { patterns } = reloaderDemands(settings, [], options);
  const matching = patterns[source.kind].some((text) => compilePattern(text)?.matches(source.name)) ? [source] : [];
  const { sources } = reloaderDemands(settings, workload.reads ?? [], options, matching);
  const demand = sources.find(({ kind, name }) => kind === source.kind && name === source.name);
  return demand !== undefined && isDemandHeard(demand, marksOf(options, object));
}
