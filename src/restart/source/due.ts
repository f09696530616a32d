/**
 * Decides whether the pods of a workload have read what they consume of a source: by its marker, and where that does not decide, by the age of the pods. Pure.
 *
 * A,B,A is a change: a pod that was replaced meanwhile may have read B. So an equal content id counts only if no change was recorded after the marker.
 */
import { valueIn } from '../../api/object/object.ts';
import { type Ms, ms } from '../../base/time/clock.ts';
import type { ContentChange, SourceContent } from './content.ts';
import { type MarkedContent, parseMarker } from './marker.ts';
import type { FormerMarker } from './secret-content.ts';

/**
 * A pod that is at most this much younger than a change can have read the content from before: kubelet may serve it from its cache for some seconds, times of
 * objects are whole seconds, and clocks differ.
 */
export const AGE_TOLERANCE: Ms = ms(10_000);

/** all: every key of the source. */
export type Keys = 'all' | readonly string[];

export interface SourceFacts {
  readonly source: SourceContent;
  /** Name of the annotation of the source. */
  readonly marker: string;
  /** They count while the annotation above is absent. */
  readonly former: readonly FormerMarker[];
  /** The keys that the workload consumes. */
  readonly consumed: Keys;
  /** The keys whose changes cause a restart by the policy. */
  readonly watched: Keys;
  /** Whether the source was read from the API server after the workload. A cached one can be older than the marker. */
  readonly isLive: boolean;
  /** Time since the epoch. */
  readonly now: Ms;
}

/** The changes that the pods have not read. */
export interface Unmet {
  /** The last of them. Absent: not recorded, because the counter of the source was lost. */
  readonly change?: ContentChange;
  /** RFC 3339: time of the first of them, as far as recorded. */
  readonly since?: string;
}

export type Due =
  /** isMarked: a marker says so. If not, the content has never changed (baseline). */
  | { readonly kind: 'current'; readonly isMarked: boolean }
  | { readonly kind: 'due'; readonly unmet: Unmet }
  /** Current if every running pod started later than `changedAt` (RFC 3339) plus AGE_TOLERANCE; else due. */
  | { readonly kind: 'ask-pods'; readonly unmet: Unmet; readonly changedAt: string }
  /** The marker is not of an earlier content than the source: read the source from the API server, and ask again with it. */
  | { readonly kind: 'confirm' };

/** `markers`: the annotations on the pod template, by name. */
export function dueOf(markers: Readonly<Record<string, string>>, facts: SourceFacts): Due {
  const { source, isLive } = facts;
  const marked = markedIn(markers, facts);
  if (marked === undefined) return byChanges(changesAfter(-1, facts), false, facts);
  const isEqual = marked.content === source.content;
  if (isEqual && marked.sequence >= source.sequence) return { kind: 'current', isMarked: true };
  if (isEqual || (marked.sequence > 0 && marked.sequence < source.sequence)) {
    return byChanges(changesAfter(marked.sequence, facts), true, facts);
  }
  if (marked.sequence > 0 && !isLive) return { kind: 'confirm' };
  return afterUnknown(facts);
}

/** The markers of a workload in memory. */
export interface KeptMarkers {
  readonly markers: Readonly<Record<string, string>>;
  readonly hasMoreMarkers: boolean;
}

/** Whether the deciding marker can be one that is not kept in memory. Then the workload must be read. */
export function hidesMarker({ markers, hasMoreMarkers }: KeptMarkers, marker: string): boolean {
  return hasMoreMarkers && !Object.hasOwn(markers, marker);
}

/** What the workload says that its pods have read. A former marker with another text can be that of another Secret, and says nothing. */
function markedIn(markers: Readonly<Record<string, string>>, { source, marker, former }: SourceFacts): MarkedContent | undefined {
  const text = valueIn(markers, marker);
  if (text !== undefined) return parseMarker(text);
  const isKnown = former.some(({ name, content }) => valueIn(markers, name) === content);
  return isKnown ? { sequence: 0, content: source.content } : undefined;
}

/** The changes after a number of what is consumed and watched, newest first. */
function changesAfter(sequence: number, { source, consumed, watched }: SourceFacts): readonly ContentChange[] {
  const keys = inBoth(consumed, watched);
  return source.changes.filter((change) => change.sequence > sequence && concerns(change, keys));
}

function inBoth(one: Keys, other: Keys): 'all' | ReadonlySet<string> {
  if (one === 'all') return other === 'all' ? other : new Set(other);
  if (other === 'all') return new Set(one);
  const names = new Set(other);
  return new Set(one.filter((name) => names.has(name)));
}

function concerns({ keys: changed }: ContentChange, keys: 'all' | ReadonlySet<string>): boolean {
  if (keys === 'all') return changed?.length !== 0;
  return keys.size > 0 && (changed === undefined || changed.some((name) => keys.has(name)));
}

/** The marker has another content and no number that can be compared: the last recorded change stands for all that may have happened. */
function afterUnknown(facts: SourceFacts): Due {
  const keys = inBoth(facts.consumed, facts.watched);
  if (keys !== 'all' && keys.size === 0) return { kind: 'current', isMarked: true };
  const consumed = changesAfter(-1, facts);
  const [last] = consumed.length === 0 ? facts.source.changes : consumed;
  return last === undefined ? { kind: 'due', unmet: {} } : byChanges([last], true, facts);
}

function byChanges(changes: readonly ContentChange[], isMarked: boolean, { now }: SourceFacts): Due {
  const [change] = changes;
  const first = changes.at(-1);
  if (change === undefined || first === undefined) return { kind: 'current', isMarked };
  const unmet: Unmet = { change, since: first.at };
  const changedAt = latestOf(changes);
  // No pod can have started after the tolerance yet. A time that is none was written by another client.
  if (changedAt === undefined || now <= Date.parse(changedAt) + AGE_TOLERANCE) return { kind: 'due', unmet };
  return { kind: 'ask-pods', unmet, changedAt };
}

/** Clocks of two leaders differ, so a later change can have an earlier time. Undefined: one of the times is none. */
function latestOf(changes: readonly ContentChange[]): string | undefined {
  let latest: string | undefined;
  for (const { at } of changes) {
    const time = Date.parse(at);
    if (Number.isNaN(time)) return undefined;
    if (latest === undefined || time > Date.parse(latest)) latest = at;
  }
  return latest;
}
