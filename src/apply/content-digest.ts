/** Digest of the content of a Secret, or of some of its keys, with the key of the installation. Pure. */
import type { SecretObject } from '../api/object/object.ts';
import { valueIn } from '../api/object/object.ts';
import { digestParts, type ContentId, type DigestKey } from '../base/digest.ts';
import type { ObjectName } from '../base/key.ts';

/** The digest contains namespace and name, so equal values in two Secrets have different digests. Keys are sorted. */
export function contentDigest(key: DigestKey, secret: ObjectName, data: ReadonlyMap<string, Uint8Array>): ContentId {
  return digestOf(key, secret, [...data.keys()], (name) => data.get(name) ?? '');
}

/** The digest of `keys` of a live Secret; undefined: all keys. A missing key changes the digest. */
export function liveDigest(key: DigestKey, { metadata, data = {} }: SecretObject, keys?: readonly string[]): ContentId {
  const present = keys === undefined ? Object.keys(data) : [...new Set(keys)].filter((name) => valueIn(data, name) !== undefined);
  const secret = { namespace: metadata.namespace ?? '', name: metadata.name };
  return digestOf(key, secret, present, (name) => Buffer.from(data[name] ?? '', 'base64'));
}

/** Values are decoded one by one, so that there is no second copy of all of them. */
function digestOf(key: DigestKey, secret: ObjectName, keys: readonly string[], valueOf: (name: string) => string | Uint8Array): ContentId {
  return digestParts(key, partsOf(secret, keys, valueOf));
}

function* partsOf({ namespace, name }: ObjectName, keys: readonly string[], valueOf: (name: string) => string | Uint8Array) {
  yield namespace;
  yield name;
  for (const each of keys.toSorted()) {
    yield each;
    yield valueOf(each);
  }
}
