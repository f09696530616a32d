/**
 * The live Secret as far as the cache knows it. A change of content can be planned with it, without a read. It has no values, so it is used
 * only if every value is replaced and the write has a precondition on its resourceVersion. Pure.
 */
import type { SecretObject } from '../api/object/object.ts';
import type { ManagedSecret } from './managed-secret.ts';
import { wantedDigest } from './plan-record.ts';
import type { WriteRequest } from './write-request.ts';

/** Stands for an unknown value. It is not base64, so it equals no value. */
const UNKNOWN = '?';

/**
 * Undefined if the Secret must be read: it is shared, another client changed it, it has owners or keys that are not kept, or it has the
 * wanted content already, so that only metadata differs. Also with several keys: the record names those that change, and only the values tell.
 */
export function cachedTarget(secret: ManagedSecret, request: WriteRequest): SecretObject | undefined {
  const held = secret.records.get(request.writer.uid);
  const { keys } = secret;
  if (keys === undefined || hasUnknown(secret, keys) || request.content.data.size > 1) return undefined;
  if (request.policy === 'Merge' || held === undefined || !held.intact || held.record.keys !== undefined) return undefined;
  if ((held.record.digest ?? held.record.content) === wantedDigest(request)) return undefined;
  const format = request.dialect.records;
  const records = [...secret.records].map(([uid, { record }]) => [format.annotation(uid), format.serialise(record)] as const);
  return {
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, ...Object.fromEntries(records) } },
    type: secret.type,
    immutable: secret.immutable,
    data: Object.fromEntries(keys.map((name) => [name, UNKNOWN])),
  };
}

function hasUnknown({ metadata, hasOtherOwners }: ManagedSecret, keys: readonly string[]): boolean {
  return hasOtherOwners || keys.length > 1 || metadata.deletionTimestamp !== undefined;
}
