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

  /** The caller hands the bytes over and must not change them. */
  static ofBytes(bytes: Uint8Array): SecretValue {
    const value = new SecretValue();
    contents.set(value, alone(bytes));
    return value;
  }

  static ofText(text: string): SecretValue {
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'utf8'));
    bytes.write(text, 'utf8');
    return SecretValue.ofBytes(bytes);
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

/**
 * In memory of their own. Node cuts small Buffers from slabs of many kilobytes, and one short value that is kept for minutes would keep the
 * whole slab, with what else was in it.
 */
function alone(bytes: Uint8Array): Buffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}
