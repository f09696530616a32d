/**
 * JSON as secrets hold it. Numbers keep their source text (an account number of 20 digits stays what it was), through the reviver's source
 * text access (https://tc39.es/proposal-json-parse-with-source/). Pure.
 */
import { fail, type Outcome } from '../api/failure.ts';
import { ok } from '../base/result.ts';

/** A number by its source text. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): unknown {
    return rawJson(this.source);
  }
}

export type JsonValue = string | boolean | null | JsonNumber | readonly JsonValue[] | { readonly [key: string]: JsonValue };

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const withSource = JSON as unknown as JsonWithSource;

function rawJson(source: string): unknown {
  return withSource.rawJSON(source);
}

/** The value, or InvalidJSON. Neither the text nor the parser's message, which quotes it, goes into the failure. */
export function parseJson(text: string): Outcome<JsonValue> {
  try {
    const value = withSource.parse(text, (_key, part, { source }) =>
      typeof part === 'number' ? new JsonNumber(source ?? String(part)) : part,
    );
    return ok(value as JsonValue);
  } catch {
    // A SyntaxError, or a RangeError for nesting that exhausts the stack.
    return fail('InvalidJSON', 'the value is not valid JSON');
  }
}

/** How a JSON value is written into a Secret: strings as they are, null as nothing, everything else as JSON text. */
export function jsonText(value: JsonValue): Outcome<string> {
  if (typeof value === 'string') return ok(value);
  if (value === null) return ok('');
  if (value instanceof JsonNumber) return ok(value.source);
  try {
    return ok(JSON.stringify(value));
  } catch {
    return fail('InvalidJSON', 'the value is nested too deeply');
  }
}

export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
