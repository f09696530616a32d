/** The estimated memory for one object, from the content that is kept of it. Pure. */
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import { listOf, memberOf } from '../base/members.ts';
import type { WriteRecord } from '../api/record-format.ts';

/** Bytes. Measured with ten thousand small objects, including their rows, indexes and subscriptions in the engine. */
const AN_EXTERNAL_SECRET = 3 * 1024;
const A_STORE = 4 * 1024;
/**
 * Measured with 20,000: a reference that the engine tracks takes 1.1 KiB after a read, and 1.4 KiB while it fails. The rest is room for its reads: the answers
 * of a reconcile, and what V8 collects later.
 */
const A_REFERENCE = 3 * 1024;
/** A restart target: its status, its entry in the index, and what is known about the age of its pods. */
const A_TARGET = 512;
/** Measured with ten thousand, with their entries in the store and its indexes. */
const A_SECRET = 640;
const A_WRITER = 64;
const A_RECORD = 128;
/** The usual size of what a rotation or a lost digest key changes in a record, so that these do not change the cost. */
const A_VERSION = 160;
const TIMES_AND_DIGEST = 256;
/** The usual size of a status. A larger status counts by its content. An object has the same cost before and after its first sync. */
const A_STATUS = 4 * 1024;
const STATUS_OF_AN_ENTRY = 512;

/** A string takes two bytes for each character if one of its characters is not in Latin-1. */
const A_CHARACTER = 2;
const A_VALUE = 16;

export function costOfExternalSecret({ spec, status }: ExternalSecretObject): number {
  const entries = listOf(spec, 'data').length + listOf(spec, 'dataFrom').length;
  const targets = listOf(memberOf(spec, 'restart'), 'targets').length;
  const content = bytesOf(spec);
  const expected = A_STATUS + (entries + targets) * STATUS_OF_AN_ENTRY + content;
  const parts = entries * A_REFERENCE + targets * A_TARGET;
  return AN_EXTERNAL_SECRET + content + parts + Math.max(0, bytesOf(status) - expected);
}

/** The specification is kept twice: raw and parsed. */
export function costOfStore({ spec, status }: StoreObject): number {
  return A_STORE + 2 * bytesOf(spec) + Math.max(0, bytesOf(status) - A_STATUS);
}

/** The records are most of it: anybody who may edit the Secret can make them long. A Secret has the same cost before and after a rotation. */
export function costOfManagedSecret({ metadata, type, keys = [], records, writers }: ManagedSecret): number {
  const { labels, annotations, ownerReferences } = metadata;
  let bytes = A_SECRET + bytesOf([labels, annotations, ownerReferences, type, keys]) + writers.size * A_WRITER;
  for (const [uid, { record }] of records) bytes += A_RECORD + bytesOf(uid) + bytesOfRecord(record);
  return bytes;
}

function bytesOfRecord({ sources, changedAt, digest, ...others }: WriteRecord): number {
  let bytes = bytesOf(others) + Math.max(TIMES_AND_DIGEST, bytesOf(changedAt) + bytesOf(digest));
  for (const { key, store, stage, versionId, createdDate } of sources) {
    bytes += A_VALUE + bytesOf(key) + bytesOf(store) + bytesOf(stage) + Math.max(A_VERSION, bytesOf(versionId) + bytesOf(createdDate));
  }
  return bytes;
}

/** `value`: a result of JSON.parse. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return A_VALUE + value.length * A_CHARACTER;
  if (typeof value !== 'object' || value === null) return A_VALUE;
  let bytes = A_VALUE;
  if (Array.isArray(value)) {
    for (const item of value) bytes += bytesOf(item);
    return bytes;
  }
  const members = value as Readonly<Record<string, unknown>>;
  // Several times faster than Object.entries. Results of JSON.parse have no inherited enumerable members.
  for (const name in members) bytes += name.length * A_CHARACTER + bytesOf(members[name]);
  return bytes;
}
