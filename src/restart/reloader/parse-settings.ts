/** Reduces the annotations of one workload to what they ask for. Pure. */
import { valueIn } from '../../api/object/object.ts';
import { parseDuration } from '../../base/time/duration.ts';
import type { Ms } from '../../base/time/clock.ts';
import type { SourceKind } from '../source/content.ts';
import type { ReloaderNames } from './annotation-names.ts';
import { isLiteral, isWithinBounds } from './name-pattern.ts';

/** Names that one workload lists, and expressions among them. */
export const MAX_NAMES = 500;
export const MAX_PATTERNS = 100;

/** What a workload asks for of one kind of source. */
export interface TypedSettings {
  /** unsaid: neither annotation has a value, so `--auto-reload-all` decides. */
  readonly auto: 'yes' | 'no' | 'unsaid';
  readonly search: boolean;
  readonly names: readonly string[];
  /** Expressions within bounds. They are compiled when names are compared with them, and an invalid one matches no name. */
  readonly patterns: readonly string[];
  readonly excluded: readonly string[];
}

export interface ReloaderSettings {
  readonly Secret: TypedSettings;
  readonly ConfigMap: TypedSettings;
  /** Of Argo Rollouts. */
  readonly strategy: 'rollout' | 'restart';
  /** The pause period, which is kept as the least time between two restarts. */
  readonly minInterval?: Ms;
  /** Reloader has paused the Deployment and has not resumed it. */
  readonly isPaused: boolean;
  /** What is left out, for people; at most five texts. */
  readonly problems: readonly string[];
  /** More names or expressions than are followed: TooManyReferences. */
  readonly hasMore: boolean;
}

type Annotations = Readonly<Record<string, string>> | undefined;

/** Problems that are kept of one workload. */
const MAX_PROBLEMS = 5;

/** `workload`, `template`: the annotations of the workload and of its pod template. */
export function parseReloaderSettings(names: ReloaderNames, workload: Annotations, template: Annotations): ReloaderSettings {
  const room = { names: MAX_NAMES, patterns: MAX_PATTERNS, problems: [] as string[], hasMore: false };
  const typed = (kind: SourceKind): TypedSettings => typedSettings(kind, names, workload, template, room);
  const [Secret, ConfigMap] = [typed('Secret'), typed('ConfigMap')];
  const pause = valueIn(workload, names.pausePeriod);
  const minInterval = pause === undefined ? undefined : parseDuration(pause);
  if (pause !== undefined && minInterval === undefined) room.problems.push(`${names.pausePeriod} is no duration`);
  return {
    Secret,
    ConfigMap,
    strategy: valueIn(workload, names.rolloutStrategy) === 'restart' ? 'restart' : 'rollout',
    ...(minInterval === undefined ? {} : { minInterval }),
    isPaused: valueIn(workload, names.pausedAt) !== undefined,
    problems: room.problems.slice(0, MAX_PROBLEMS),
    hasMore: room.hasMore,
  };
}

interface Room {
  names: number;
  patterns: number;
  readonly problems: string[];
  hasMore: boolean;
}

/** The template counts if the workload has none of the annotations that ask for a restart for this kind. Exclusions are on the workload only. */
function typedSettings(kind: SourceKind, names: ReloaderNames, workload: Annotations, template: Annotations, room: Room): TypedSettings {
  const asking = [names.reload[kind], names.auto, names.typedAuto[kind], names.search];
  const from = asking.some((name) => valueIn(workload, name) !== undefined) ? workload : template;
  return {
    auto: autoOf(valueIn(from, names.auto) ?? '', valueIn(from, names.typedAuto[kind]) ?? ''),
    search: valueIn(from, names.search) === 'true',
    ...listed(names.reload[kind], valueIn(from, names.reload[kind]) ?? '', room),
    excluded: excludedBy(valueIn(workload, names.exclude[kind]) ?? '', room),
  };
}

function excludedBy(list: string, room: Room): readonly string[] {
  const items = [...new Set(itemsOf(list))];
  if (items.length > MAX_NAMES) room.hasMore = true;
  return items.slice(0, MAX_NAMES);
}

function autoOf(auto: string, typedAuto: string): TypedSettings['auto'] {
  if (isTrue(auto) || isTrue(typedAuto)) return 'yes';
  return auto === '' && typedAuto === '' ? 'unsaid' : 'no';
}

/** Of strconv.ParseBool. Another text is false. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

function isTrue(value: string): boolean {
  return TRUE.has(value);
}

function listed(annotation: string, list: string, room: Room): Pick<TypedSettings, 'names' | 'patterns'> {
  const [names, patterns] = [new Set<string>(), new Set<string>()];
  for (const item of itemsOf(list)) {
    const target = isLiteral(item) ? names : patterns;
    if (target.has(item)) continue;
    const kind = target === names ? 'names' : 'patterns';
    if (room[kind] === 0) {
      room.hasMore = true;
      break;
    }
    room[kind] -= 1;
    if (kind === 'names' || isWithinBounds(item)) target.add(item);
    else if (room.problems.length < MAX_PROBLEMS) room.problems.push(problemOf(annotation, item));
  }
  return { names: [...names], patterns: [...patterns] };
}

function problemOf(annotation: string, item: string): string {
  const text = item.length > 60 ? `${item.slice(0, 60)}…` : item;
  return `${annotation}: "${text}" is left out, because it has more than 256 characters or repeats too much`;
}

function itemsOf(list: string): readonly string[] {
  return list.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}
