/** Reduces a live Secret or ConfigMap to keyed digests. The object is not kept. Pure. */
import type { KubeObject } from '../../api/object/object.ts';
import { valueIn } from '../../api/object/object.ts';
import { digestParts, type DigestKey } from '../../base/digest.ts';
import type { SourceKind } from '../source/content.ts';

/** A Secret or ConfigMap as the API returns it: `data` is text in a ConfigMap and base64 in a Secret. */
export interface SourceObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export type ConsumedKeys = 'all' | ReadonlySet<string>;

export interface SourceDigests {
  /** Id of the key of the digests. */
  readonly digestKey: string;
  /** See SourceEntry. */
  readonly hasAllKeys: boolean;
  readonly digests: Readonly<Record<string, string>>;
}

/** Keys of one object that have a digest of their own. */
export const MAX_KEYS = 64;
/** Stands for all keys beyond. No key has this name. */
export const REST = '*';
/** A valid name of a key that parsers of JSON leave out of a map. It belongs to the rest. */
const PROTO = '__proto__';
/** 132 bits of a digest. */
const CHARACTERS = 22;

/**
 * With `all`, the first 64 keys by name have their own digests, whoever consumes which: so the digest of the rest changes only with the object. More than 64
 * single keys are followed as all keys are.
 */
export function readSource(key: DigestKey, kind: SourceKind, object: SourceObject, consumed: ConsumedKeys): SourceDigests {
  const digest = (part: string, values: Iterable<string | Uint8Array>): string => digestIn(key, kind, object, part, values);
  if (consumed !== 'all' && consumed.size <= MAX_KEYS && !consumed.has(PROTO)) {
    const digests = [...consumed]
      .toSorted()
      .map((name) => [name, hasValue(object, name) ? digest(name, [bytesOf(kind, object, name)]) : ''] as const);
    return { digestKey: key.id, hasAllKeys: false, digests: Object.fromEntries(digests) };
  }
  const names = namesOf(object);
  const own = names.slice(0, MAX_KEYS).flatMap((name) => (name === PROTO ? [] : [name]));
  const digests = own.map((name) => [name, digest(name, [bytesOf(kind, object, name)])] as const);
  const rest = names.filter((name, at) => at >= MAX_KEYS || name === PROTO);
  const further = rest.length === 0 ? [] : [[REST, digest(REST, valuesOf(kind, object, rest))] as const];
  return { digestKey: key.id, hasAllKeys: true, digests: Object.fromEntries([...digests, ...further]) };
}

/** Id of the content by the digests of its keys. */
export function contentIdOf(
  key: DigestKey,
  kind: SourceKind,
  { namespace = '', name }: KubeObject['metadata'],
  { digests }: SourceDigests,
): string {
  const parts = Object.entries(digests).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return digestParts(key, [kind, namespace, name, ...parts.flat()]);
}

function digestIn(key: DigestKey, kind: SourceKind, { metadata }: KubeObject, part: string, values: Iterable<string | Uint8Array>): string {
  const { namespace = '', name } = metadata;
  return digestParts(key, partsOf([kind, namespace, name, part], values)).slice(key.id.length + 1, key.id.length + 1 + CHARACTERS);
}

function* partsOf(head: readonly string[], values: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  yield* head;
  yield* values;
}

function* valuesOf(kind: SourceKind, object: SourceObject, names: readonly string[]): Generator<string | Uint8Array> {
  for (const name of names) {
    yield name;
    yield bytesOf(kind, object, name);
  }
}

function namesOf({ data = {}, binaryData = {} }: SourceObject): readonly string[] {
  return [...new Set([...Object.keys(data), ...Object.keys(binaryData)])].toSorted();
}

function hasValue({ data, binaryData }: SourceObject, name: string): boolean {
  return valueIn(data, name) !== undefined || valueIn(binaryData, name) !== undefined;
}

/** Values are decoded one by one, so that there is no second copy of all of them. */
function bytesOf(kind: SourceKind, { data, binaryData }: SourceObject, name: string): Uint8Array {
  const text = valueIn(data, name);
  if (text !== undefined) return Buffer.from(text, kind === 'Secret' ? 'base64' : 'utf8');
  return Buffer.from(valueIn(binaryData, name) ?? '', 'base64');
}
