/**
 * Copies the fields of a log line. The copy has a limited size. Errors become name, message and stack, without cause and other properties,
 * which can contain a response. Fields with known names of secrets are replaced, and of bytes only the number is written.
 */

/** Names of fields whose value is never written, in lower case and without separators. */
const REDACTED = new Set([
  'accesstoken',
  'authorization',
  'body',
  'clientkeydata',
  'credentials',
  'data',
  'password',
  'privatekey',
  'secretaccesskey',
  'secretbinary',
  'secretstring',
  'secretvalue',
  'sessiontoken',
  'stringdata',
  'token',
  'webidentitytoken',
]);

const PLACEHOLDER = '[redacted]';
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;

export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}

export function loggableError(error: Error): LoggableError {
  const { name, message, stack } = error;
  return { type: name, message: cut(message), ...(stack === undefined ? {} : { stack: cut(stack) }) };
}

/** The fields of a log line. */
export function loggableFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return loggableObject(fields, 0);
}

function loggableObject(value: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value).slice(0, MAX_ITEMS)) {
    if (name === 'cause') continue;
    // Defined instead of assigned, because a field can have the name __proto__.
    Object.defineProperty(copy, name, { value: isRedacted(name) ? PLACEHOLDER : loggable(member, depth + 1), enumerable: true });
  }
  return copy;
}

function isRedacted(name: string): boolean {
  return REDACTED.has(name.replaceAll(/[-_]/g, '').toLowerCase());
}

function loggable(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  return loggableStructure(value, depth);
}

function loggableStructure(value: object, depth: number): unknown {
  if (value instanceof Error) return loggableError(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, MAX_ITEMS).map((item) => loggable(item, depth + 1));
  if (value instanceof Map) return `[Map of ${value.size}]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return loggable((value.toJSON as () => unknown)(), depth + 1);
  return loggableObject(value, depth);
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
