/** What the ledger holds of a source after it was looked at: whether its content has changed, and which keys. Pure. */
import type { DigestKey } from '../../base/digest.ts';
import type { ObjectMeta } from '../../api/object/object.ts';
import type { SourceEntry } from '../ledger/entry.ts';
import type { SourceContent, SourceKind } from '../source/content.ts';
import type { SourceMark } from '../source/mark.ts';
import { withChange } from './bounded-changes.ts';
import { contentIdOf, REST, type SourceDigests } from './read-source.ts';

/** Content of a source that was deleted. */
export const ABSENT = 'absent';

export interface ForeignRules {
  /** The first content of a source that was missing counts as a change. */
  readonly onCreate: boolean;
  /** That a source is missing counts as content. */
  readonly onDelete: boolean;
}

/** A source that was read. */
export interface ReadObject {
  readonly metadata: Pick<ObjectMeta, 'uid' | 'resourceVersion' | 'namespace' | 'name'> & ObjectMeta;
  readonly read: SourceDigests;
  readonly marks: readonly SourceMark[];
  readonly readAs: string;
}

export interface Name {
  readonly kind: SourceKind;
  readonly namespace: string;
  readonly name: string;
}

export interface Round {
  readonly key: DigestKey;
  readonly rules: ForeignRules;
  /** RFC 3339 with milliseconds: when the change was first seen. */
  readonly at: string;
}

/** The entry of an object that exists. */
export function nextPresent(before: SourceEntry | undefined, name: Name, object: ReadObject, round: Round): SourceEntry {
  const { metadata, read, marks, readAs } = object;
  const seen = { about: 'source', ...name, uid: metadata.uid, resourceVersion: metadata.resourceVersion, marks, readAs, ...read } as const;
  const content = contentIdOf(round.key, name.kind, metadata, read);
  if (before === undefined) return { ...seen, sequence: 1, content, changes: [] };
  if (before.resourceVersion === '') return presentAgain(before, seen, content, round);
  const isSame = before.uid === metadata.uid && before.resourceVersion === metadata.resourceVersion;
  const keys = isSame ? [] : changedKeys(before, read);
  return changed(before, seen, content, keys, round.at);
}

type Seen = Omit<SourceEntry, 'sequence' | 'content' | 'changes'>;

/** It was missing when it was looked at last. */
function presentAgain(before: SourceEntry, seen: Seen, content: string, { rules, at }: Round): SourceEntry {
  const wasContent = before.content === ABSENT;
  if (wasContent && before.changes.length === 0 && !rules.onCreate) return { ...seen, sequence: before.sequence + 1, content, changes: [] };
  if (wasContent || rules.onCreate) return changed(before, seen, content, 'any', at);
  return changed(before, seen, content, changedKeys(before, seen), at);
}

function changed(before: SourceEntry, seen: Seen, content: string, keys: readonly string[] | 'any', at: string): SourceEntry {
  if (keys.length === 0) return { ...seen, sequence: before.sequence, content: before.content, changes: before.changes };
  const sequence = before.sequence + 1;
  const change = { sequence, at, ...(keys === 'any' ? {} : { keys }) };
  return { ...seen, sequence, content, changes: withChange(before.changes, change) };
}

/** The entry of a source that is missing. Undefined: nothing is to be recorded. */
export function nextAbsent(
  before: SourceEntry | undefined,
  name: Name,
  readAs: string,
  { rules, at, key }: Round,
): SourceEntry | undefined {
  if (before === undefined) {
    if (!rules.onCreate) return undefined;
    const none = { uid: '', resourceVersion: '', marks: [], readAs, digestKey: key.id, hasAllKeys: true, digests: {} } as const;
    return { about: 'source', ...name, ...none, sequence: 0, content: ABSENT, changes: [], absentSince: at };
  }
  if (before.resourceVersion === '') return before;
  const gone = { ...before, resourceVersion: '', absentSince: at };
  if (!rules.onDelete) return gone;
  const sequence = before.sequence + 1;
  return { ...gone, sequence, content: ABSENT, changes: withChange(before.changes, { sequence, at }) };
}

/**
 * The keys with another digest; a key that was not followed before has not changed. Digests of different keys cannot be compared, and then nothing has changed:
 * nobody is restarted because the key of the digests was lost.
 */
function changedKeys(before: SourceDigests, now: SourceDigests): readonly string[] | 'any' {
  if (before.digestKey !== now.digestKey) return [];
  const keys = [...new Set([...Object.keys(before.digests), ...Object.keys(now.digests)])].filter((key) => {
    const [old, present] = [digestFor(before, key), digestFor(now, key)];
    return old !== undefined && present !== undefined && old !== present;
  });
  return keys.includes(REST) ? 'any' : keys;
}

/** Empty: the key does not exist. Undefined: it was not followed. */
function digestFor({ digests, hasAllKeys }: SourceDigests, key: string): string | undefined {
  if (Object.hasOwn(digests, key)) return digests[key];
  return hasAllKeys && (key === REST || !Object.hasOwn(digests, REST)) ? '' : undefined;
}

/** What consumers may know. */
export function contentOfEntry(entry: SourceEntry | undefined, { onDelete }: ForeignRules): SourceContent | 'absent' {
  if (entry === undefined) return ABSENT;
  const { resourceVersion, sequence, content, changes } = entry;
  if (resourceVersion === '' && !(onDelete && content === ABSENT && changes.length > 0)) return ABSENT;
  return { sequence, content, changes };
}
