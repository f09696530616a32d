/**
 * A managed Secret as the operator keeps it: metadata, and digests instead of values. Made the moment it arrives; the values are dropped.
 * Whoever may edit a Secret may put anything on it, so all that is kept or computed here is bounded. Pure.
 */
import { coreMetadata } from '../api/core-metadata.ts';
import type { Dialect } from '../api/dialect.ts';
import type { KubeObject, OwnerReference, SecretObject } from '../api/object.ts';
import type { RecordFormat } from '../api/record-format.ts';
import { digestKeyId, type ContentId, type DigestKey } from '../base/digest.ts';
import { liveDigest } from './content-digest.ts';
import { keptAnnotations, keptLabels } from './kept-metadata.ts';
import type { WriteRecord } from './port.ts';
import { recordsOn } from './record.ts';

export interface ManagedSecret extends KubeObject {
  readonly type: string;
  readonly immutable: boolean;
  /** Of its data, where a record of an owner needs them and they are few; the values are not kept. */
  readonly keys?: readonly string[];
  /** Of the writers that were known when it arrived. */
  readonly records: ReadonlyMap<string, HeldRecord>;
  /** uids of those writers, whether they have a record or not. */
  readonly writers: ReadonlySet<string>;
  /** Whether there are records of others, which may be made up or belong to an ExternalSecret that has not arrived yet. */
  readonly hasOtherRecords: boolean;
  /** Whether there are owner references besides those that are kept. */
  readonly hasOtherOwners: boolean;
}

export interface HeldRecord {
  readonly record: WriteRecord;
  /** Whether the Secret still holds what the record says was written. False also where finding out would take too long. */
  readonly intact: boolean;
}

/** More keys than this are not hashed: it would take longer than a turn of the event loop may. No target of ours has as many. */
export const MAX_HASHED_KEYS = 10_000;
/** Keys that are kept to plan a write without reading the Secret first. */
const MAX_KEPT_KEYS = 1_000;
/** Bytes that are hashed for one Secret, as a multiple of those that it holds: writers that merge have keys of their own, so that 1 is the rule. */
const HASHED_SHARE = 3;
/** Longest text of a field that is compared with what may be written, which is shorter. */
const MAX_TEXT = 253;

export interface ReduceContext {
  readonly digestKey: DigestKey;
  /** Whose records, labels and owners count. */
  readonly dialect: Pick<Dialect, 'group' | 'labels' | 'records'>;
}

/** `writers`: uids of the ExternalSecrets that name this Secret as their target. Only their records are looked at, and that of its controller. */
export function reduceSecret({ digestKey, dialect }: ReduceContext, secret: SecretObject, writers: Iterable<string>): ManagedSecret {
  const { metadata, type = 'Opaque', immutable = false } = secret;
  const known = new Set(writers);
  const heeded = withController(known, metadata.ownerReferences);
  const judge = judgeOf(digestKey, secret);
  const found = recordsOn(dialect.records, metadata.annotations, heeded);
  const records = new Map(Array.from(found, ([uid, record]) => [uid, { record, intact: judge(record) }]));
  const owners = metadata.ownerReferences ?? [];
  const ownOwners = owners.filter((owner) => heeded.has(owner.uid) && isOfGroup(dialect.group, owner));
  const kept = [...records.values()].map(({ record }) => record);
  return {
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: {
      ...coreMetadata(metadata),
      labels: keptLabels(metadata.labels, dialect.labels.managed, kept),
      annotations: keptAnnotations(metadata.annotations, kept),
      ...(ownOwners.length === 0 ? {} : { ownerReferences: ownOwners }),
    },
    type: boundedType(type),
    immutable,
    ...keysOf(secret, kept),
    records,
    writers: known,
    hasOtherRecords: Object.keys(metadata.annotations ?? {}).some((name) => isOtherRecord(dialect.records, name, heeded)),
    hasOtherOwners: ownOwners.length !== owners.length,
  };
}

/** A longer type is none that may be written; empty, it equals none of those. */
function boundedType(type: string): string {
  return type.length > MAX_TEXT ? '' : type;
}

/** The uids, and that of the controller among the owners. */
function withController(uids: ReadonlySet<string>, owners: readonly OwnerReference[] = []): ReadonlySet<string> {
  const controller = owners.find((owner) => owner.controller === true)?.uid;
  return controller === undefined ? uids : new Set([...uids, controller]);
}

function isOtherRecord(format: RecordFormat, annotation: string, heeded: ReadonlySet<string>): boolean {
  const uid = format.writerOf(annotation);
  return uid !== undefined && !heeded.has(uid);
}

/** The text of an owner reference is bounded by nothing but the size of its object; the fields of ours are short. */
function isOfGroup(group: string, { apiVersion, kind, name, uid }: OwnerReference): boolean {
  return apiVersion.startsWith(`${group}/`) && [apiVersion, kind, name, uid].every((text) => text.length <= MAX_TEXT);
}

function keysOf({ data = {} }: SecretObject, records: readonly WriteRecord[]): { readonly keys?: readonly string[] } {
  if (records.every((record) => record.keys !== undefined)) return {};
  const keys = Object.keys(data);
  return keys.length > MAX_KEPT_KEYS ? {} : { keys };
}

/** Judges records of one Secret. Equal lists of keys are hashed once, and what is hashed in all stays within a multiple of what the Secret holds. */
function judgeOf(key: DigestKey, secret: SecretObject): (record: WriteRecord) => boolean {
  const { data = {} } = secret;
  const sizes = new Map(Object.entries(data).map(([name, encoded]) => [name, encoded.length]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const digests = new Map<string, ContentId>();
  let left = { bytes: total * HASHED_SHARE, keys: MAX_HASHED_KEYS };
  const digestOf = (keys: readonly string[] | undefined): ContentId | undefined => {
    const id = keys === undefined ? '' : JSON.stringify(keys);
    const known = digests.get(id);
    if (known !== undefined) return known;
    const bytes = keys === undefined ? total : keys.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    left = { bytes: left.bytes - bytes, keys: left.keys - (keys?.length ?? sizes.size) };
    if (left.bytes < 0 || left.keys < 0) return undefined;
    const digest = liveDigest(key, secret, keys);
    digests.set(id, digest);
    return digest;
  };
  return ({ digest, content, keys }) => {
    const recorded = digest ?? content;
    // None that was made with a lost key can be compared under the present one.
    return digestKeyId(recorded) === key.id && recorded === digestOf(keys);
  };
}
