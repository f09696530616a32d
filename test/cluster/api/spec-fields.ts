// The fields of a spec in the definition, and their places in a sample.
import type { StructuralSchema } from '../../../src/codegen/structural-schema.ts';
import type { Json, JsonObject } from './samples.ts';

type Step = string | number;

export interface SpecField {
  /** As people write it: spec.data[].secretKey. */
  readonly path: string;
  readonly steps: readonly Step[];
  /** As the API server names it in the causes of a refusal: spec.data[0].secretKey. */
  readonly cause: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

/** Every field below a spec; list items are looked at through the first, map values through the key `app`, `team` or what the sample has. */
export function specFields(spec: StructuralSchema): SpecField[] {
  return below(spec, { path: 'spec', steps: [], cause: 'spec', schema: spec, required: true });
}

function below(schema: StructuralSchema, at: SpecField): SpecField[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const required = schema.required?.includes(name) ?? false;
    const field = { path: `${at.path}.${name}`, steps: [...at.steps, name], cause: `${at.cause}.${name}`, schema: child, required };
    return [field, ...below(child, field)];
  });
  if (schema.items === undefined) return fields;
  const item = { path: `${at.path}[]`, steps: [...at.steps, 0], cause: `${at.cause}[0]`, schema: schema.items, required: false };
  return [...fields, item, ...below(schema.items, item)];
}

export function valueAt(spec: Json, steps: readonly Step[]): Json | undefined {
  let value: Json | undefined = spec;
  for (const step of steps) {
    if (typeof value !== 'object') return undefined;
    value = (value as Readonly<Record<Step, Json>>)[step];
  }
  return value;
}

/** A copy of the spec with the value at these steps replaced, or taken out when it is undefined. */
export function withValue(spec: JsonObject, steps: readonly Step[], value: Json | undefined): JsonObject {
  const copy = structuredClone(spec) as Record<Step, Json>;
  const parent = valueAt(copy, steps.slice(0, -1)) as Record<Step, Json> | undefined;
  const last = steps.at(-1);
  if (parent === undefined || last === undefined) throw new Error(`no place for ${steps.join('.')} in the sample`);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
