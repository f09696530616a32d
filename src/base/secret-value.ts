/**
 * The only carrier of secret bytes. The bytes live in a WeakMap of this module, so that no way of printing, cloning or serialising the object
 * shows them. `reveal` may be called in render/, apply/ and aws/credentials only (the architecture check enforces it).
 */
import { inspect } from 'node:util';

const PLACEHOLDER = '[redacted]';
const contents = new WeakMap<SecretValue, Buffer>();

export class SecretValue {
  private constructor() {
    Object.freeze(this);
  }

  /** Copies nothing: the caller hands the buffer over and must not change it. */
  static ofBytes(bytes: Uint8Array): SecretValue {
    const value = new SecretValue();
    contents.set(value, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return value;
  }

  static ofText(text: string): SecretValue {
    return SecretValue.ofBytes(Buffer.from(text, 'utf8'));
  }

  /** The bytes themselves. Never log, hash without a key, or copy into an error what this returns. */
  reveal(): Buffer {
    const bytes = contents.get(this);
    if (bytes === undefined) throw new TypeError('a SecretValue without content');
    return bytes;
  }

  /** Size in bytes; not secret, used by limits and caches. */
  get size(): number {
    return contents.get(this)?.byteLength ?? 0;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [Symbol.toPrimitive](): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}
