/**
 * Converts a zod schema to the structural OpenAPI v3 schema of a CustomResourceDefinition
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * Throws, with the path, for constructs that the API server would refuse, prune or default without notice.
 */
import { z } from 'zod';

export interface CelValidation {
  readonly rule: string;
  readonly message: string;
}

/** One node of a structural schema. The generator writes the keys in this order. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly CelValidation[];
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
}

const PLAIN_KEYS = [
  'description',
  'type',
  'format',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof StructuralSchema)[];

const NESTED_KEYS = ['items', 'additionalProperties', 'required', 'properties'] as const satisfies readonly (keyof StructuralSchema)[];
const KNOWN_KEYS: ReadonlySet<string> = new Set([...PLAIN_KEYS, ...NESTED_KEYS]);
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'integer', 'boolean']);

type JsonObject = Readonly<Record<string, unknown>>;

/** The structural form of a zod schema. Throws with the path of the first construct that has no structural form. */
export function structuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  return convert(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', cycles: 'throw' }), path);
}

function convert(node: unknown, path: string): StructuralSchema {
  const source = objectAt(node, path);
  const unknownKey = Object.keys(source).find((key) => !KNOWN_KEYS.has(key));
  if (unknownKey !== undefined) throw new TypeError(`${path}: ${unknownKey} has no place in a structural schema`);
  if (!TYPES.has(source['type'])) throw new TypeError(`${path}: type ${JSON.stringify(source['type'])} is not structural`);
  const plain = Object.fromEntries(PLAIN_KEYS.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]));
  return { ...plain, ...integerBounds(source), ...nested(source, path) } as unknown as StructuralSchema;
}

function nested(source: JsonObject, path: string): Partial<StructuralSchema> {
  const required = source['required'] as readonly string[] | undefined;
  return {
    ...(source['items'] === undefined ? {} : { items: convert(source['items'], `${path}[]`) }),
    ...(source['additionalProperties'] === undefined ? {} : { additionalProperties: convert(source['additionalProperties'], `${path}.*`) }),
    ...(required === undefined || required.length === 0 ? {} : { required }),
    ...(source['properties'] === undefined ? {} : { properties: convertAll(objectAt(source['properties'], path), path) }),
  };
}

function convertAll(properties: JsonObject, path: string): Readonly<Record<string, StructuralSchema>> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, convert(value, `${path}.${name}`)]));
}

/** zod adds the range of safe integers. Kubernetes has the format int64 for it. */
function integerBounds(source: JsonObject): Partial<Record<'format' | 'minimum' | 'maximum', unknown>> {
  if (source['type'] !== 'integer') return {};
  return {
    format: 'int64',
    minimum: source['minimum'] === Number.MIN_SAFE_INTEGER ? undefined : source['minimum'],
    maximum: source['maximum'] === Number.MAX_SAFE_INTEGER ? undefined : source['maximum'],
  };
}

function objectAt(node: unknown, path: string): JsonObject {
  if (typeof node !== 'object' || node === null) throw new TypeError(`${path}: not a schema (${JSON.stringify(node)})`);
  return node as JsonObject;
}
