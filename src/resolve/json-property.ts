/** remoteRef.property: one part of a JSON value by its path. Pure. */
import { fail, type Outcome } from '../api/failure.ts';
import { ok } from '../base/result.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/**
 * The part at `path`. A property whose name is the whole rest of the path wins over a nested one, so that names with dots can be reached;
 * arrays take an index. Null counts as absent: an empty value written in its place would break what uses it.
 */
export function propertyOf(value: JsonValue, path: string): Outcome<JsonValue> {
  const found = lookUp(value, path);
  if (found === undefined) return fail('PropertyNotFound', `property ${JSON.stringify(path)} is not in the value`);
  if (found === null) return fail('PropertyNotFound', `property ${JSON.stringify(path)} is null`);
  return ok(found);
}

function lookUp(value: JsonValue, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  let rest = path;
  for (;;) {
    const literal = member(current, rest);
    if (literal !== undefined) return literal;
    const dot = rest.indexOf('.');
    if (dot < 0) return undefined;
    current = member(current, rest.slice(0, dot));
    if (current === undefined) return undefined;
    rest = rest.slice(dot + 1);
  }
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d{1,9}$/.test(name) ? (value[Number(name)] as JsonValue | undefined) : undefined;
  if (!isJsonObject(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
