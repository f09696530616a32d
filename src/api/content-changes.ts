/**
 * The changes of the content of a Secret, as its record keeps them: for each key its last change, and the times of the last changes. Bounded. Pure.
 *
 * Only an older entry gives way: a key is named by the entry of its last change only. Where entries are too many, those that name no key any more go first; then
 * the oldest become one with the number of the newest of them. Where names are too many, the oldest entries lose their lists, and an entry without a list ends
 * the changes: it stands for any key, and for all that is older. So what is dropped never hides a change; at worst a key seems to have changed later.
 */

/** One change. `keys`: what changed, was added or was removed; absent: unknown, so any key. */
export interface RecordedChange {
  readonly sequence: number;
  /** RFC 3339 with milliseconds. */
  readonly at: string;
  readonly keys?: readonly string[];
}

export interface ChangeLimits {
  readonly entries: number;
  /** Names of keys in all entries. */
  readonly names: number;
  /** Characters of these names. */
  readonly characters: number;
}

/**
 * The greatest number of a change. A client that may edit a Secret can write any number; one beyond this is no number of ours, and counting stays at it. Then a
 * workload is restarted for each change of content, whatever its keys.
 */
export const MAX_SEQUENCE: number = 2 ** 48;

/** Characters of a time. RFC 3339 with milliseconds has 24. */
export const MAX_TIME = 40;

interface Changed {
  readonly sequence?: number;
  readonly changedAt?: string;
  readonly changes?: readonly RecordedChange[];
}

/** The changes of a record, newest first. A record of an earlier version has only the time of the last one. */
export function changesOf({ sequence = 0, changedAt, changes }: Changed): readonly RecordedChange[] {
  if (changes !== undefined) return changes;
  return changedAt === undefined ? [] : [{ sequence, at: changedAt.length > MAX_TIME ? '' : changedAt }];
}

/** The number after `numbers`, of which there may be none. */
export function nextSequence(numbers: Iterable<number | undefined>): number {
  let greatest = 0;
  for (const one of numbers) greatest = Math.max(greatest, one ?? 0);
  return Math.min(greatest + 1, MAX_SEQUENCE);
}

/** `changes`: newest first. The result is not longer than `limits` allow. */
export function boundedChanges(changes: readonly RecordedChange[], limits: ChangeLimits): readonly RecordedChange[] {
  return withinNames(withinEntries(withLastNames(changes), limits.entries), limits);
}

/** A later entry keeps only the keys that no entry before it names. An entry without a list ends the changes. */
function withLastNames(changes: readonly RecordedChange[]): readonly RecordedChange[] {
  const seen = new Set<string>();
  const kept: RecordedChange[] = [];
  for (const change of changes) {
    if (change.keys === undefined) return [...kept, change];
    kept.push({ ...change, keys: [...new Set(change.keys)].filter((name) => !seen.has(name)) });
    for (const name of change.keys) seen.add(name);
  }
  return kept;
}

function withinEntries(changes: readonly RecordedChange[], most: number): readonly RecordedChange[] {
  const empty = changes.filter(({ keys }) => keys?.length === 0);
  const dropped = new Set(empty.slice(Math.max(0, empty.length - Math.max(0, changes.length - most))));
  const kept = changes.filter((change) => !dropped.has(change));
  if (kept.length <= most) return kept;
  const [first, ...older] = kept.slice(most - 1);
  return first === undefined ? kept : [...kept.slice(0, most - 1), older.reduce(joined, first)];
}

function joined({ sequence, at, keys }: RecordedChange, older: RecordedChange): RecordedChange {
  return keys === undefined || older.keys === undefined ? { sequence, at } : { sequence, at, keys: [...keys, ...older.keys] };
}

function withinNames(changes: readonly RecordedChange[], { names, characters }: ChangeLimits): readonly RecordedChange[] {
  let left = { names, characters };
  for (const [index, { sequence, at, keys = [] }] of changes.entries()) {
    left = { names: left.names - keys.length, characters: left.characters - keys.reduce((sum, { length }) => sum + length, 0) };
    if (left.names < 0 || left.characters < 0) return [...changes.slice(0, index), { sequence, at }];
  }
  return changes;
}
