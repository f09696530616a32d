/** A managed Secret as the operator keeps it: metadata, and digests instead of values. Made the moment it arrives; the values are dropped. Pure. */
import { coreMetadata } from '../api/core-metadata.ts';
import type { KubeObject, SecretObject } from '../api/object.ts';
import { digestKeyId, type DigestKey } from '../base/digest.ts';
import { liveDigest } from './content-digest.ts';
import type { WriteRecord } from './port.ts';
import { recordOwner, recordsOn } from './record.ts';

export interface ManagedSecret extends KubeObject {
  readonly type: string;
  readonly immutable: boolean;
  /** Of its data; the values are not kept. */
  readonly keys: readonly string[];
  readonly records: ReadonlyMap<string, HeldRecord>;
}

export interface HeldRecord {
  readonly record: WriteRecord;
  /** Whether the Secret still holds what the record says was written. */
  readonly intact: boolean;
}

export function reduceSecret(key: DigestKey, secret: SecretObject): ManagedSecret {
  const records = new Map<string, HeldRecord>();
  for (const [uid, record] of recordsOn(secret.metadata.annotations)) {
    records.set(uid, { record, intact: isIntact(key, secret, record) });
  }
  const annotations = Object.fromEntries(
    Object.entries(secret.metadata.annotations ?? {}).filter(([name]) => recordOwner(name) === undefined),
  );
  const { labels, ownerReferences } = secret.metadata;
  return {
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: {
      ...coreMetadata(secret.metadata),
      annotations,
      ...(labels === undefined ? {} : { labels }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    type: secret.type ?? 'Opaque',
    immutable: secret.immutable ?? false,
    keys: Object.keys(secret.data ?? {}),
    records,
  };
}

/** The digest that can be compared under the present key; none when the key it was made with is lost. */
function isIntact(key: DigestKey, secret: SecretObject, record: WriteRecord): boolean {
  const recorded = record.digest ?? record.content;
  return digestKeyId(recorded) === key.id && recorded === liveDigest(key, secret, record.keys);
}
