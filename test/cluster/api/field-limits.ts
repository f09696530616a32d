// For each field of a schema: values that are just beyond its limits, and values that are just within.
import type { StructuralSchema } from '../../../src/codegen/structural-schema.ts';
import { patternSamples, type Json } from './samples.ts';
import type { SpecField } from './spec-fields.ts';

export interface Trial {
  readonly what: string;
  /** undefined: the field is left out. */
  readonly value: Json | undefined;
}

const OF_OTHER_TYPES = { string: 7, boolean: 'true', integer: '7', object: 'text', array: 'text' } as const;

export function refusedValues({ schema, required, path }: SpecField, sample: Json | undefined): Trial[] {
  const trials: Trial[] = [{ what: 'another type', value: OF_OTHER_TYPES[schema.type] }];
  if (required) trials.push({ what: 'left out', value: undefined });
  if (schema.enum !== undefined) trials.push({ what: 'none of the enum', value: 'Nonsense' });
  if (schema.maxLength !== undefined) trials.push({ what: 'too long', value: longText(schema, schema.maxLength + 1) });
  if ((schema.minLength ?? 0) > 0) trials.push({ what: 'too short', value: 'a'.repeat((schema.minLength ?? 0) - 1) });
  if (schema.pattern !== undefined)
    trials.push(...samplesFor(path).bad.map((value) => ({ what: `against the pattern (${JSON.stringify(value)})`, value })));
  if (schema.maxItems !== undefined) trials.push({ what: 'too many items', value: manyItems(sample, schema.maxItems + 1, schema) });
  if ((schema.minItems ?? 0) > 0) trials.push({ what: 'too few items', value: [] });
  if (schema.maxProperties !== undefined) trials.push({ what: 'too many entries', value: manyEntries(schema.maxProperties + 1) });
  if (schema.additionalProperties !== undefined) trials.push(...valuesOfMap(schema.additionalProperties, 1));
  return trials;
}

export function acceptedValues({ schema, path }: SpecField, sample: Json | undefined): Trial[] {
  const trials: Trial[] = (schema.enum ?? []).map((value) => ({ what: value, value }));
  if (schema.maxLength !== undefined) trials.push({ what: 'as long as may be', value: longText(schema, schema.maxLength) });
  if (schema.pattern !== undefined) trials.push(...samplesFor(path).good.map((value) => ({ what: JSON.stringify(value), value })));
  if (schema.maxItems !== undefined) trials.push({ what: 'as many items as may be', value: manyItems(sample, schema.maxItems, schema) });
  if (schema.maxProperties !== undefined) trials.push({ what: 'as many entries as may be', value: manyEntries(schema.maxProperties) });
  if (schema.additionalProperties !== undefined) trials.push(...valuesOfMap(schema.additionalProperties, 0));
  return trials;
}

function samplesFor(path: string): (typeof patternSamples)[number] {
  const found = patternSamples.find(({ field }) => field.test(path));
  if (found === undefined) throw new Error(`no samples for the pattern of ${path}`);
  return found;
}

/** A text of this length that fits the pattern, so that nothing but its length speaks against it. */
function longText(schema: StructuralSchema, length: number): string {
  const role = 'arn:aws:iam::123456789012:role/';
  const shapes = [
    'a'.repeat(length),
    role.padEnd(length, 'a'),
    `https://${'a'.repeat(Math.max(length - 23, 1))}/123456789012/a`,
    `${'0'.repeat(length - 1)}h`,
    `us-${'a'.repeat(Math.max(length - 5, 1))}-1`,
  ];
  const pattern = new RegExp(schema.pattern ?? '');
  const text = shapes.find((shape) => shape.length === length && pattern.test(shape));
  if (text === undefined) throw new Error(`no text of ${length} characters for ${schema.pattern ?? ''}`);
  return text;
}

/** So many different items: the keys of a list map must differ. */
function manyItems(sample: Json | undefined, count: number, schema: StructuralSchema): Json {
  const [first] = sample as readonly Json[];
  if (first === undefined) throw new Error('the sample has no item');
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const differing = keys.at(-1);
  return Array.from({ length: count }, (_, index) =>
    differing === undefined ? first : { ...(first as Readonly<Record<string, Json>>), [differing]: `n${index}` },
  );
}

function manyEntries(count: number): Json {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}

function valuesOfMap(schema: StructuralSchema, beyond: number): Trial[] {
  const longest = schema.maxLength ?? 0;
  return [{ what: `a value of ${longest + beyond} characters`, value: { app: 'a'.repeat(longest + beyond) } }];
}
