/** CEL rules as data beside the schema: codegen writes them into the CRD, and the same sentences are checked again in code where it matters. */
import type { z } from 'zod';

export interface CelRule {
  readonly rule: string;
  /** Starts with the field, so that a person finds it. */
  readonly message: string;
}

/** The schema with `x-kubernetes-validations` in its metadata. */
export function rules<S extends z.ZodType>(schema: S, validations: readonly CelRule[]): S {
  return schema.meta({ 'x-kubernetes-validations': validations.map(({ rule, message }) => ({ rule, message })) });
}
