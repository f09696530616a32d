/**
 * Members of a JSON value of unknown shape: a member of another type is as good as absent. For objects without a schema, or with the schema of another project.
 * Pure. Nothing here throws. `name` is a constant of the caller; for names from the cluster, `valueIn` asks for own members only.
 */

const NONE: readonly unknown[] = Object.freeze([]);

export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** An empty list if there is none. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : NONE;
}

/** Undefined: not a text, or empty. */
export function textOf(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** A whole number from 0 on that is exact; otherwise `absent`. */
export function countOf<T>(value: unknown, name: string, absent: T): number | T {
  const count = memberOf(value, name);
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : absent;
}

/** An object that is a map of texts. Members of other types are still in it. */
export function mapOf(value: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const map = memberOf(value, name);
  return typeof map === 'object' && map !== null && !Array.isArray(map) ? (map as Readonly<Record<string, unknown>>) : undefined;
}

/** A text of a map, by a name from the cluster. */
export function textIn(map: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const text = map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}
