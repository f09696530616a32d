/**
 * The annotations `workload.keytender.dev/…` of a workload. An annotation of the workload wins over the same one of its pod template. An invalid value counts as
 * absent and is reported. Pure.
 */
import { shortCopy } from '../../base/excerpt.ts';
import { textIn } from '../../base/members.ts';
import type { SourceKind } from '../source/content.ts';
import type { ConsumerKind, WorkloadSettings } from './consumer.ts';
import { MAX_MARKER } from './restart-markers.ts';
import { SettingProblems } from './setting-problems.ts';

export const settingNames = {
  restart: 'restart',
  liveReload: 'live-reload',
  restartOwned: 'restart-owned',
  restartStrategy: 'restart-strategy',
  restartNow: 'restart-now',
} as const;

const KNOWN: ReadonlySet<string> = new Set(Object.values(settingNames));

/** Values of restart-now are compared by so many characters: a marker with more is not kept. */
const MAX_RESTART_NOW = MAX_MARKER;
const LIVE_SOURCE = /^(?:(?:secret|configmap)\/)?[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

type Annotations = Readonly<Record<string, unknown>>;

export interface ReadSettings {
  readonly settings: WorkloadSettings;
  /** Whether the workload reads volumes of this source again by itself. */
  readonly isLive: (kind: SourceKind, name: string) => boolean;
  readonly problems: readonly string[];
}

/** Nearly all workloads share it. */
const DEFAULTS: WorkloadSettings = Object.freeze({ restartOwned: false, strategy: 'rollout' });
const NONE_LIVE = (): boolean => false;

/** `prefix`: `workload.keytender.dev/`, in the dialect of the reader. `template`: annotations of the pod template. */
export function readSettings(
  kind: ConsumerKind,
  prefix: string,
  own: Annotations | undefined,
  template: Annotations | undefined,
): ReadSettings {
  const problems = new SettingProblems();
  const found = new Map<string, string>();
  for (const annotations of [template, own]) collect(annotations, prefix, found, problems);
  if (found.size === 0) return { settings: DEFAULTS, isLive: NONE_LIVE, problems: problems.texts };
  const valueOf = (name: string): string | undefined => found.get(name);
  const flag = (name: string): boolean | undefined => flagIn(valueOf(name), `${prefix}${name}`, problems);
  const [restart, now] = [flag(settingNames.restart), valueOf(settingNames.restartNow)];
  const settings: WorkloadSettings = {
    ...(restart === undefined ? {} : { restart }),
    restartOwned: flag(settingNames.restartOwned) ?? false,
    strategy: strategyIn(kind, valueOf(settingNames.restartStrategy), `${prefix}${settingNames.restartStrategy}`, problems),
    ...(now === undefined || now === '' ? {} : { restartNow: shortCopy(now, MAX_RESTART_NOW).toWellFormed() }),
  };
  const isLive = liveSources(valueOf(settingNames.liveReload), `${prefix}${settingNames.liveReload}`, problems);
  return { settings, isLive, problems: problems.texts };
}

/** The later annotations win. */
function collect(annotations: Annotations | undefined, prefix: string, found: Map<string, string>, problems: SettingProblems): void {
  for (const name in annotations) {
    if (!name.startsWith(prefix)) continue;
    const setting = name.slice(prefix.length);
    if (KNOWN.has(setting)) found.set(setting, textIn(annotations, name) ?? '');
    else problems.add(prefix, setting, `is not a setting of a workload; there are ${[...KNOWN].join(', ')}`);
  }
}

function flagIn(text: string | undefined, annotation: string, problems: SettingProblems): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  problems.add(annotation, text, 'must be true or false');
  return undefined;
}

function strategyIn(
  kind: ConsumerKind,
  text: string | undefined,
  annotation: string,
  problems: SettingProblems,
): WorkloadSettings['strategy'] {
  if (text === undefined || text === 'rollout') return 'rollout';
  if (text !== 'restart') problems.add(annotation, text, 'must be rollout or restart');
  else if (kind === 'Rollout') return 'restart';
  else problems.add(annotation, text, 'is for Rollouts only');
  return 'rollout';
}

/** A list of `<secret>`, `secret/<secret>` and `configmap/<configmap>`. */
function liveSources(text: string | undefined, annotation: string, problems: SettingProblems): ReadSettings['isLive'] {
  if (text === undefined) return NONE_LIVE;
  const items = text.split(',').map((item) => item.trim());
  const invalid = items.find((item) => item !== '' && !LIVE_SOURCE.test(item));
  if (invalid !== undefined) problems.add(annotation, invalid, 'must be the name of a Secret, secret/<name> or configmap/<name>');
  const live = new Set(items);
  return (kind, name) => (kind === 'Secret' ? live.has(name) || live.has(`secret/${name}`) : live.has(`configmap/${name}`));
}
