/**
 * The only carrier of secret bytes. They are in a private field, so that no way of printing, cloning or serialising the object shows them. (A WeakMap
 * does the same, but makes the garbage collector stop the process for tens of milliseconds once it holds tens of thousands of values.) `reveal` may be
 * called in a few folders only; the architecture check enforces it.
 */
import { inspect } from 'node:util';

const PLACEHOLDER = '[redacted]';

export class SecretValue {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    Object.freeze(this);
  }

  /** The caller hands the bytes over and must not change them. */
  static ofBytes(bytes: Uint8Array): SecretValue {
    return new SecretValue(alone(bytes));
  }

  static ofText(text: string): SecretValue {
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'utf8'));
    bytes.write(text, 'utf8');
    return SecretValue.ofBytes(bytes);
  }

  /** The bytes themselves. Never log, hash without a key, or copy into an error what this returns. */
  reveal(): Buffer {
    if (!(#bytes in this)) throw new TypeError('a SecretValue without content');
    return this.#bytes;
  }

  /** Size in bytes; not secret, used by limits and caches. */
  get size(): number {
    return #bytes in this ? this.#bytes.byteLength : 0;
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
