/**
 * Keyed digests. A plain hash of a short secret can be guessed. Each part is written with its length, so different lists never have equal
 * input.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface DigestKey {
  /** Short public name of the key. It is part of every digest, so that a digest with a lost key is recognized. */
  readonly id: string;
  /** At least 32 bytes. */
  readonly bytes: Uint8Array;
}

/** `keyId:base64url(HMAC-SHA-256)`, as objects record it. */
export type ContentId = string & { readonly __noun: 'content id' };

export function digestParts(key: DigestKey, parts: Iterable<string | Uint8Array>): ContentId {
  const hmac = createHmac('sha256', keyObjectOf(key));
  const pending = Buffer.allocUnsafe(BATCH_BYTES);
  let filled = 0;
  const flush = (): void => {
    hmac.update(pending.subarray(0, filled));
    filled = 0;
  };
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    if (filled + LENGTH_BYTES > BATCH_BYTES) flush();
    filled = pending.writeBigUInt64BE(BigInt(bytes.byteLength), filled);
    if (filled + bytes.byteLength > BATCH_BYTES) flush();
    if (bytes.byteLength > BATCH_BYTES) hmac.update(bytes);
    else {
      pending.set(bytes, filled);
      filled += bytes.byteLength;
    }
  }
  flush();
  // Overwritten, because it held values.
  pending.fill(0);
  return `${key.id}:${hmac.digest('base64url')}` as ContentId;
}

/** Size of the length before each part. */
const LENGTH_BYTES = 8;
/** Parts are hashed together up to this size, because one call for each of many small parts takes several times as long as the hashing. */
const BATCH_BYTES = 16 * 1024;

/** Made once: from bytes, Node would make a key object for each digest, which takes several times as long as the digest. */
const keyObjects = new WeakMap<DigestKey, KeyObject>();

function keyObjectOf(key: DigestKey): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key.bytes);
  keyObjects.set(key, made);
  return made;
}

/** The id of the key of this digest. Undefined if the text is not a digest (a client edited it). */
export function digestKeyId(text: string): string | undefined {
  return /^([a-z0-9]{1,32}):[A-Za-z0-9_-]{43}$/.exec(text)?.[1];
}
