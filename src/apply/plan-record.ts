/** Plans the record of a write: the content id, and the time of the last change. Pure. */
import { valueIn, type SecretObject } from '../api/object/object.ts';
import { digestKeyId, type ContentId } from '../base/digest.ts';
import { contentDigest } from './content-digest.ts';
import type { RecordedSource, WriteRecord } from './port.ts';
import type { WriteRequest } from './write-request.ts';

/** The record of the content of `request`. `live` is the present Secret, `before` its present record. */
export function planRecord(live: SecretObject | undefined, before: WriteRecord | undefined, request: WriteRequest): WriteRecord {
  const digest = wantedDigest(request);
  const identity = live === undefined ? contentAfterLoss(digest, request) : contentOnLive(digest, live, before, request);
  return {
    writer: request.writer.name,
    generation: request.writer.generation,
    inputs: request.inputs,
    content: identity.content,
    ...(identity.content === digest ? {} : { digest }),
    ...(request.policy === 'Merge' ? { keys: [...request.content.data.keys()].sort() } : {}),
    ...namesOf('labels', request.content.labels),
    ...namesOf('annotations', request.content.annotations),
    sources: request.sources,
    ...(identity.changedAt === undefined ? {} : { changedAt: identity.changedAt }),
  };
}

interface ContentIdentity {
  readonly content: ContentId;
  readonly changedAt?: string | undefined;
}

/** Digest of the wanted content with the present key. */
export function wantedDigest({ key, writer, secretName, content }: WriteRequest): ContentId {
  const bytes = new Map([...content.data].map(([name, value]) => [name, value.reveal()]));
  return contentDigest(key, { namespace: writer.namespace, name: secretName }, bytes);
}

/** The Secret does not exist: only the status shows whether consumers know this content. */
function contentAfterLoss(digest: ContentId, { former, sources, key, now }: WriteRequest): ContentIdentity {
  if (former.content === undefined) return { content: digest };
  const recorded = former.digest ?? former.content;
  const comparable = digestKeyId(recorded) === key.id;
  if (!comparable && former.sources === undefined) return { content: digest };
  // No digest with the present key exists. Equal versions and an equal specification mean equal content.
  const same = comparable ? recorded === digest : sameSources(former.sources ?? [], sources);
  return same ? { content: former.content, changedAt: former.changedAt } : { content: digest, changedAt: now };
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

function contentOnLive(digest: ContentId, live: SecretObject, before: WriteRecord | undefined, request: WriteRequest): ContentIdentity {
  if (before === undefined) return replacesOther(live, request) ? { content: digest, changedAt: request.now } : { content: digest };
  const recorded = before.digest ?? before.content;
  // A digest with a lost key proves nothing: compare the bytes, so that no workload restarts.
  const same = digestKeyId(recorded) === request.key.id ? recorded === digest : !differs(live, before, request);
  return same ? { content: before.content, changedAt: before.changedAt } : { content: digest, changedAt: request.now };
}

/** Whether an existing key gets another value, which its consumers have not read. */
function replacesOther(live: SecretObject, { content }: WriteRequest): boolean {
  return [...content.data].some(([name, value]) => {
    const encoded = valueIn(live.data, name);
    return encoded !== undefined && !value.reveal().equals(Buffer.from(encoded, 'base64'));
  });
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
