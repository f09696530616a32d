/** The content of a managed Secret as a source, from the records of its writers. Pure. */
import { createHash } from 'node:crypto';
import { boundedChanges, type ChangeLimits, changesOf, type RecordedChange } from '../../api/content-changes.ts';
import type { WriteRecord } from '../../apply/port.ts';
import type { SourceContent } from './content.ts';
import { formerMarkerNames, type MarkerPrefixes } from './marker.ts';

/** Limits of the changes of all writers of one Secret together. */
const limits: ChangeLimits = { entries: 64, names: 2_000, characters: 64 * 1024 };

/**
 * All writers use one counter, so the record with the greatest number is of the last write, and its content id stands for the content of the Secret. Undefined:
 * no writer has a record.
 */
export function secretContent(records: Iterable<WriteRecord>): SourceContent | undefined {
  const all = [...records];
  if (all.length === 0) return undefined;
  const sequence = all.reduce((greatest, record) => Math.max(greatest, record.sequence ?? 0), 0);
  const last = all.filter((record) => (record.sequence ?? 0) === sequence).map(({ content }) => content);
  return { sequence, content: contentOfAll(last), changes: boundedChanges(all.flatMap(changesOf).sort(newestFirst), limits) };
}

/** Several only if they were recorded before changes were counted. They are keyed digests, so their digest needs no key. */
function contentOfAll(contents: readonly string[]): string {
  const [only = '', ...more] = contents;
  if (more.length === 0) return only;
  return `all:${createHash('sha256')
    .update(JSON.stringify([...contents].sort()))
    .digest('base64url')}`;
}

function newestFirst(one: RecordedChange, other: RecordedChange): number {
  return other.sequence - one.sequence || Date.parse(other.at) - Date.parse(one.at);
}

/** A marker of an earlier version. It says that the pods read what one writer has recorded, if its text is `content`. */
export interface FormerMarker {
  readonly name: string;
  readonly content: string;
}

/** The markers of earlier versions for this Secret: one of each writer that merges, and one of its only writer. */
export function formerMarkers(prefixes: MarkerPrefixes, secretName: string, records: Iterable<WriteRecord>): readonly FormerMarker[] {
  return Array.from(records, ({ writer, keys, content }) =>
    formerMarkerNames(prefixes, secretName, keys === undefined ? undefined : writer).map((name) => ({ name, content })),
  ).flat();
}
