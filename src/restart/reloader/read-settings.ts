/** The annotations of Reloader on one workload, in the form that is kept in memory. It runs for each event of each workload. Pure. */
import { shortCopy } from '../../base/excerpt.ts';
import type { ReloaderNames } from './annotation-names.ts';
import { parseReloaderSettings, type ReloaderSettings, type TypedSettings } from './parse-settings.ts';

type Annotations = Readonly<Record<string, unknown>> | undefined;

/** Longer than any name and any expression that is kept. */
const MAX_ITEM = 256;

/** Undefined: neither the workload nor its pod template has one of the annotations, or has one in another form than text. */
export function readReloaderSettings(names: ReloaderNames, workload: Annotations, template: Annotations): ReloaderSettings | undefined {
  const [own, ofTemplate] = [readable(workload, names), readable(template, names)];
  if (own === undefined && ofTemplate === undefined) return undefined;
  const settings = parseReloaderSettings(names, own, ofTemplate);
  return { ...settings, Secret: copied(settings.Secret), ConfigMap: copied(settings.ConfigMap) };
}

/** The annotations of these names that are texts. */
function readable(annotations: Annotations, names: ReloaderNames): Readonly<Record<string, string>> | undefined {
  if (annotations === undefined) return undefined;
  const found = namesIn(names).flatMap((name): readonly [string, string][] => {
    const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    return typeof text === 'string' ? [[name, text]] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const known = new WeakMap<ReloaderNames, readonly string[]>();

function namesIn(names: ReloaderNames): readonly string[] {
  const before = known.get(names);
  if (before !== undefined) return before;
  const { auto, typedAuto, reload, search, exclude, rolloutStrategy, pausePeriod, pausedAt } = names;
  const typed = [typedAuto, reload, exclude].flatMap((one) => [one.Secret, one.ConfigMap]);
  const all = [auto, search, rolloutStrategy, pausePeriod, pausedAt, ...typed];
  known.set(names, all);
  return all;
}

const NONE: readonly string[] = Object.freeze([]);

/** Items of a list are pieces of the annotation, and would keep all of it in memory. */
function copied({ names, patterns, excluded, ...typed }: TypedSettings): TypedSettings {
  return { ...typed, names: copies(names), patterns: copies(patterns), excluded: copies(excluded) };
}

function copies(items: readonly string[]): readonly string[] {
  return items.length === 0 ? NONE : items.map((item) => shortCopy(`${item} `, Math.min(item.length, MAX_ITEM)));
}
