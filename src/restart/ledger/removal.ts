/** Finds out whether somebody else takes restart markers back, as a GitOps tool does that keeps the whole pod template. Pure. */
import type { Consumer } from '../consumer/consumer.ts';
import type { WorkloadEntry } from './entry.ts';

/** After so many removals for one content, the workload is left alone until the content changes: RestartReverted. */
export const MAX_REMOVALS = 3;

type Seen = Pick<Consumer, 'kind' | 'metadata' | 'markers' | 'hasMoreMarkers' | 'settings' | 'rollout'>;

/**
 * The annotations that the last restart has set and somebody else has removed, or has replaced by an older one. An entry is written before its patch, so a
 * marker that is missing counts only if the patch is known to have been made: the patch and its removal are two changes of the pod template, and each of
 * them makes a generation.
 */
export function removalOf(entry: WorkloadEntry | undefined, consumer: Seen): readonly string[] {
  if (entry === undefined || entry.uid !== consumer.metadata.uid || !wasPatched(entry, consumer)) return [];
  return Object.entries(entry.markers).flatMap(([marker, text]) => (isTakenBack(text, consumer, marker) ? [marker] : []));
}

/** Whether the patch of the entry is known to have been made, of a workload that has not its markers. */
export function wasPatched({ generationBefore }: WorkloadEntry, { kind, settings, rollout }: Seen): boolean {
  // The marker is on the Rollout itself, where a change makes no generation; the patch makes one by restartAt.
  const own = kind === 'Rollout' && settings.strategy === 'restart';
  return rollout.generation >= generationBefore + (own ? 1 : 2);
}

function isTakenBack(text: string, { markers, hasMoreMarkers }: Seen, marker: string): boolean {
  const present = Object.hasOwn(markers, marker) ? markers[marker] : undefined;
  if (present === undefined) return !hasMoreMarkers;
  return present !== text && sequenceOf(present) < sequenceOf(text);
}

/** `<sequence>.<content id>`; a marker that is only a content id was written before changes were counted. */
function sequenceOf(text: string): number {
  return Number(/^(\d{1,15})\./.exec(text)?.[1] ?? 0);
}

/** The next entry of a workload. It has the removals so far for each marker whose text stays the same. */
export function nextEntry(
  before: WorkloadEntry | undefined,
  consumer: Seen,
  next: Omit<WorkloadEntry, 'about' | 'uid' | 'kind' | 'namespace' | 'name' | 'generationBefore' | 'removals'>,
): WorkloadEntry {
  const { uid, namespace = '', name } = consumer.metadata;
  const removed = new Set(removalOf(before, consumer));
  const counts = before === undefined || before.uid !== uid ? [] : countsFor(before, next.markers, removed);
  return {
    about: 'workload',
    uid,
    kind: consumer.kind,
    namespace,
    name,
    generationBefore: consumer.rollout.generation,
    ...next,
    removals: Object.fromEntries(counts),
  };
}

function countsFor(before: WorkloadEntry, markers: Readonly<Record<string, string>>, removed: ReadonlySet<string>) {
  return Object.entries(markers).flatMap(([marker, text]) => {
    if (before.markers[marker] !== text) return [];
    const count = (before.removals[marker] ?? 0) + (removed.has(marker) ? 1 : 0);
    return count > 0 ? [[marker, count] as const] : [];
  });
}

/** Whether the marker with this text was removed so often that it is not set again. */
export function isReverted(entry: WorkloadEntry | undefined, consumer: Seen, marker: string, text: string): boolean {
  if (entry === undefined || entry.uid !== consumer.metadata.uid || entry.markers[marker] !== text) return false;
  const now = removalOf(entry, consumer).includes(marker) ? 1 : 0;
  return (entry.removals[marker] ?? 0) + now >= MAX_REMOVALS;
}
