/** Digest of what a Secret holds, or of some of its keys, under the installation's key. Pure. */
import type { SecretObject } from '../api/object.ts';
import { valueIn } from '../api/object.ts';
import { digestParts, type ContentId, type DigestKey } from '../base/digest.ts';
import type { ObjectName } from '../base/key.ts';

/** Namespace and name are part of it: equal values in two Secrets don't show as equal. Keys are taken in code point order. */
export function contentDigest(key: DigestKey, secret: ObjectName, data: ReadonlyMap<string, Uint8Array>): ContentId {
  const parts: (string | Uint8Array)[] = [secret.namespace, secret.name];
  for (const name of [...data.keys()].sort()) parts.push(name, data.get(name) ?? '');
  return digestParts(key, parts);
}

/** The digest of `keys` (all without) of a live Secret. A key that is not there takes part as absent, so that its loss shows. */
export function liveDigest(key: DigestKey, secret: SecretObject, keys?: readonly string[]): ContentId {
  const chosen = keys ?? Object.keys(secret.data ?? {});
  const data = new Map<string, Uint8Array>();
  for (const name of chosen) {
    const encoded = valueIn(secret.data, name);
    if (encoded !== undefined) data.set(name, Buffer.from(encoded, 'base64'));
  }
  return contentDigest(key, { namespace: secret.metadata.namespace ?? '', name: secret.metadata.name }, data);
}
