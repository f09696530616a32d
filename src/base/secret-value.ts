/**
 * The only type that holds secret bytes. They are in a private field, so printing, cloning and serializing the object does not show them.
 * (A WeakMap would do the same, but with tens of thousands of values it makes the garbage collector stop the process for tens of
 * milliseconds.) The architecture check limits the folders that may call `reveal`.
 */
import { inspect } from 'node:util';

const PLACEHOLDER = '[redacted]';

export class SecretValue {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    Object.freeze(this);
  }

  /** The caller must not change the bytes after the call. */
  static ofBytes(bytes: Uint8Array): SecretValue {
    return new SecretValue(alone(bytes));
  }

  static ofText(text: string): SecretValue {
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'utf8'));
    bytes.write(text, 'utf8');
    return SecretValue.ofBytes(bytes);
  }

  /** The bytes themselves. Never log them, hash them without a key, or copy them to an error. */
  reveal(): Buffer {
    if (!(#bytes in this)) throw new TypeError('a SecretValue without content');
    return this.#bytes;
  }

  /** Size in bytes, for limits and caches. It is not secret. */
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
 * A copy in its own memory. Node allocates small Buffers from slabs of many kilobytes, so one short value that is kept for minutes would
 * keep the whole slab with its other content.
 */
function alone(bytes: Uint8Array): Buffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}
