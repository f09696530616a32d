/**
 * A managed Secret as it is kept in memory: metadata, and digests instead of values. It is made when the Secret arrives; the values are
 * dropped. A client that may edit a Secret can add any data, so the kept data and the computed digests have limits. Pure.
 */
import { coreMetadata } from '../api/object/core-metadata.ts';
import type { Dialect } from '../api/dialect.ts';
import type { OwnerReference, OwnObject, SecretObject } from '../api/object/object.ts';
import { recordLimits, type RecordFormat } from '../api/record-format.ts';
import { digestKeyId, type ContentId, type DigestKey } from '../base/digest.ts';
import { liveDigest } from './content-digest.ts';
import { keptAnnotations, keptLabels } from './kept-metadata.ts';
import type { WriteRecord } from './port.ts';
import { recordsOn, type Uids } from './record.ts';

export interface ManagedSecret extends OwnObject {
  readonly type: string;
  readonly immutable: boolean;
  /** Names of the keys in `data`, to plan a write. Absent if every record is of a Merge, or if the names are too long. */
  readonly keys?: readonly string[];
  /** Records of the writers that were known when the Secret arrived. */
  readonly records: ReadonlyMap<string, HeldRecord>;
  /** uids of those writers, with or without a record. */
  readonly writers: ReadonlySet<string>;
  /** Whether the Secret has records of other writers. They may be forged, or their ExternalSecret may arrive later. */
  readonly hasOtherRecords: boolean;
  /** Whether the Secret has owner references that are not kept. */
  readonly hasOtherOwners: boolean;
}

export interface HeldRecord {
  readonly record: WriteRecord;
  /** Whether the Secret still has the recorded content. Also false if the check would take too long. */
  readonly intact: boolean;
}

/** A Secret with more keys is not hashed, because that takes too long. Keytender writes at most this number. */
export const MAX_HASHED_KEYS: number = recordLimits.keys;
/** Up to this number of characters in all, the names of keys are kept, so that a write is planned without a read. Enough for two hundred usual names. */
const MAX_KEPT_NAMES = 4_096;
/** Bytes that are hashed for one Secret, as a multiple of its size. Usually 1; each writer with Merge has its own keys. */
const HASHED_SHARE = 3;
/** Maximum length of a field that is compared with values that Keytender writes, which are shorter. */
const MAX_TEXT = 253;

export interface ReduceContext {
  readonly digestKey: DigestKey;
  /** Whose records, labels and owners count. */
  readonly dialect: Pick<Dialect, 'group' | 'labels' | 'records'>;
}

/**
 * `writers`: uids of the ExternalSecrets with this Secret as their target; a Set is kept as it is. Only their records, and that of a controller that is an
 * ExternalSecret, are parsed.
 */
export function reduceSecret({ digestKey, dialect }: ReduceContext, secret: SecretObject, writers: Iterable<string>): ManagedSecret {
  const { metadata, type = 'Opaque', immutable = false } = secret;
  const known: ReadonlySet<string> = writers instanceof Set ? writers : new Set(writers);
  const heeded = withController(known, dialect.group, metadata.ownerReferences);
  const judge = judgeOf(digestKey, secret);
  const found = recordsOn(dialect.records, metadata.annotations, heeded);
  const records = new Map(Array.from(found, ([uid, record]) => [uid, { record, intact: judge(record) }]));
  const owners = metadata.ownerReferences ?? [];
  const ownOwners = ownOwnersAmong(owners, heeded, dialect.group);
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

/** A type that is too long becomes empty: it equals no type that Keytender writes. */
function boundedType(type: string): string {
  return type.length > MAX_TEXT ? '' : type;
}

/** The uids, with that of the controller if it is an ExternalSecret. A client can name any other object as the controller. */
function withController(uids: ReadonlySet<string>, group: string, owners: readonly OwnerReference[] = []): Uids {
  const controller = owners.find((owner) => owner.controller === true);
  if (controller?.kind !== 'ExternalSecret' || !isOfGroup(group, controller)) return uids;
  // No copy: there may be ten thousand uids.
  return { has: (uid) => uid === controller.uid || uids.has(uid) };
}

/** The API server allows any number of owner references with one uid: the first of each is kept. */
function ownOwnersAmong(owners: readonly OwnerReference[], heeded: Uids, group: string): readonly OwnerReference[] {
  const own = owners.filter((owner) => heeded.has(owner.uid) && isOfGroup(group, owner));
  return own.length < 2 ? own : [...new Map(own.toReversed().map((owner) => [owner.uid, owner])).values()].toReversed();
}

function isOtherRecord(format: RecordFormat, annotation: string, heeded: Uids): boolean {
  const uid = format.writerOf(annotation);
  return uid !== undefined && !heeded.has(uid);
}

/** Only the size of the object limits the length of an owner reference. The owner references of Keytender are short. */
function isOfGroup(group: string, { apiVersion, kind, name, uid }: OwnerReference): boolean {
  return apiVersion.startsWith(`${group}/`) && [apiVersion, kind, name, uid].every((text) => text.length <= MAX_TEXT);
}

function keysOf({ data = {} }: SecretObject, records: readonly WriteRecord[]): { readonly keys?: readonly string[] } {
  if (records.every((record) => record.keys !== undefined)) return {};
  const keys = Object.keys(data);
  return keys.reduce((sum, name) => sum + name.length, 0) > MAX_KEPT_NAMES ? {} : { keys };
}

/** Compares records with the Secret. The amount of hashed data has a limit. */
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
    // A digest with a lost key cannot be compared.
    return digestKeyId(recorded) === key.id && recorded === digestOf(keys);
  };
}
