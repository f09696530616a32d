/** CEL validation rules of a schema, as data. codegen writes them into the CRD. Where a rule protects other tenants, code checks it again. */
import type { z } from 'zod';

export interface CelRule {
  readonly rule: string;
  /** The text begins with the name of the field. */
  readonly message: string;
}

/** The schema with the rules as `x-kubernetes-validations` in its metadata. */
export function rules<S extends z.ZodType>(schema: S, validations: readonly CelRule[]): S {
  return schema.meta({ 'x-kubernetes-validations': validations.map(({ rule, message }) => ({ rule, message })) });
}
