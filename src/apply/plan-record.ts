/** Plans the record of a write: the content id, and the number, the time and the keys of its changes. Pure. */
import { boundedChanges, changesOf, nextSequence } from '../api/content-changes.ts';
import { valueIn, type SecretObject } from '../api/object/object.ts';
import { changeLimits } from '../api/record-format.ts';
import { digestKeyId, type ContentId } from '../base/digest.ts';
import type { SecretValue } from '../base/secret-value.ts';
import { contentDigest, liveDigest } from './content-digest.ts';
import type { RecordedSource, WriteRecord } from './port.ts';
import type { WriteRequest } from './write-request.ts';

/** What is known of the present Secret. */
export interface Present {
  readonly live: SecretObject | undefined;
  /** The record of this writer on it. */
  readonly before: WriteRecord | undefined;
  /** All records on it. Their numbers of changes are one counter. */
  readonly records: ReadonlyMap<string, WriteRecord>;
  /** Whether the content is known to be the recorded one. Absent: it is compared. */
  readonly isIntact?: boolean;
}

/** The record of the content of `request`. */
export function planRecord(present: Present, request: WriteRequest): WriteRecord {
  const digest = wantedDigest(request);
  const { content, changedAt, sequence, changes = [] } = identityOf(digest, present, request);
  return {
    writer: request.writer.name,
    generation: request.writer.generation,
    inputs: request.inputs,
    content,
    ...(content === digest ? {} : { digest }),
    ...(request.policy === 'Merge' ? { keys: [...request.content.data.keys()].sort() } : {}),
    ...namesOf('labels', request.content.labels),
    ...namesOf('annotations', request.content.annotations),
    sources: request.sources,
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(changes.length === 0 ? {} : { changes }),
  };
}

type ContentIdentity = Pick<WriteRecord, 'content' | 'changedAt' | 'sequence' | 'changes'>;

function identityOf(digest: ContentId, present: Present, request: WriteRequest): ContentIdentity {
  const { live, before } = present;
  if (live === undefined) return contentAfterLoss(digest, request);
  return before === undefined ? firstContent(digest, live, present, request) : contentOnLive(digest, live, before, present, request);
}

/** Digest of the wanted content with the present key. */
export function wantedDigest({ key, writer, secretName, content }: WriteRequest): ContentId {
  const bytes = new Map([...content.data].map(([name, value]) => [name, value.reveal()]));
  return contentDigest(key, { namespace: writer.namespace, name: secretName }, bytes);
}

/** The Secret does not exist: only the status shows whether consumers know this content. */
function contentAfterLoss(digest: ContentId, request: WriteRequest): ContentIdentity {
  const { former, sources, key, now } = request;
  const sequence = nextSequence([former.sequence]);
  const first = { content: digest, sequence };
  if (former.content === undefined) return first;
  const recorded = former.digest ?? former.content;
  const comparable = digestKeyId(recorded) === key.id;
  if (!comparable && former.sources === undefined) return first;
  // No digest with the present key exists. Equal versions and an equal specification mean equal content.
  const same = comparable ? recorded === digest : sameSources(former.sources ?? [], sources);
  if (!same) return { ...first, changedAt: now, changes: [{ sequence, at: now }] };
  return carried({ ...former, content: former.content });
}

/** The identity of content that stays. A status has no changes: the last one may have been of any key. */
function carried(former: ContentIdentity): ContentIdentity {
  const { content, changedAt, sequence } = former;
  return {
    content,
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(sequence === undefined ? {} : { sequence, changes: changesOf(former) }),
  };
}

function sameSources(left: readonly RecordedSource[], right: readonly RecordedSource[]): boolean {
  return namesOfAll(left) === namesOfAll(right);
}

/** All sources as one text, sorted. */
function namesOfAll(sources: readonly RecordedSource[]): string {
  return JSON.stringify(
    sources.map(({ key, store, stage, tags, versionId }) => JSON.stringify([key, store, stage, tags, versionId])).sort(),
  );
}

/** No record of this writer: what its consumers have read is unknown. */
function firstContent(digest: ContentId, live: SecretObject, { records }: Present, request: WriteRequest): ContentIdentity {
  const { now } = request;
  const sequence = nextOf(records, request);
  if (!replacesOther(live, request)) return { content: digest, sequence };
  return { content: digest, sequence, changedAt: now, changes: [{ sequence, at: now }] };
}

function contentOnLive(
  digest: ContentId,
  live: SecretObject,
  before: WriteRecord,
  { records, isIntact }: Present,
  request: WriteRequest,
): ContentIdentity {
  const { key, now } = request;
  const recorded = before.digest ?? before.content;
  // A digest with a lost key proves nothing: compare the bytes, so that no workload restarts.
  const same = digestKeyId(recorded) === key.id ? recorded === digest : !differs(live, before, request);
  if (same) return carried(before);
  const sequence = nextOf(records, request);
  // Only the recorded content is what consumers have read.
  const isKnown = isIntact ?? isAsRecorded(live, before, request);
  const change = { sequence, at: now, ...(isKnown ? { keys: changedKeys(live, before, request) } : {}) };
  return { content: digest, changedAt: now, sequence, changes: boundedChanges([change, ...changesOf(before)], changeLimits) };
}

/** The counter is that of the Secret, and the status may know a later number: of a Secret that was deleted, or of a record that was removed. */
function nextOf(records: Present['records'], { former }: WriteRequest): number {
  return nextSequence([former.sequence, ...Array.from(records.values(), ({ sequence }) => sequence)]);
}

function isAsRecorded(live: SecretObject, before: WriteRecord, { key }: WriteRequest): boolean {
  return liveDigest(key, live, before.keys) === (before.digest ?? before.content);
}

/** The keys that change, are added or are removed, sorted. */
function changedKeys(live: SecretObject, before: WriteRecord, request: WriteRequest): readonly string[] {
  const wanted = request.content.data;
  const replaced = [...wanted].filter(([name, value]) => isOther(valueIn(live.data, name), value));
  const removed = ownKeys(live, before, request).filter((name) => !wanted.has(name) && valueIn(live.data, name) !== undefined);
  return [...replaced.map(([name]) => name), ...removed].sort();
}

/** Whether an existing key gets another value, which its consumers have not read. */
function replacesOther(live: SecretObject, { content }: WriteRequest): boolean {
  return [...content.data].some(([name, value]) => Object.hasOwn(live.data ?? {}, name) && isOther(valueIn(live.data, name), value));
}

function isOther(encoded: string | undefined, value: SecretValue): boolean {
  return encoded === undefined || !value.reveal().equals(Buffer.from(encoded, 'base64'));
}

function differs(live: SecretObject, before: WriteRecord, request: WriteRequest): boolean {
  const wanted = request.content.data;
  const held = ownKeys(live, before, request);
  const otherKeys = held.length !== wanted.size || held.some((name) => !wanted.has(name) || valueIn(live.data, name) === undefined);
  return otherKeys || replacesOther(live, request);
}

/** The keys that this writer may remove: all keys of its own Secret; with Merge, only those that it wrote. */
export function ownKeys(live: SecretObject, before: WriteRecord | undefined, { policy }: WriteRequest): readonly string[] {
  return policy === 'Merge' ? (before?.keys ?? []) : Object.keys(live.data ?? {});
}

function namesOf(field: 'labels' | 'annotations', map: Readonly<Record<string, string>>): Partial<WriteRecord> {
  const keys = Object.keys(map).sort();
  return keys.length === 0 ? {} : { [field]: keys };
}
