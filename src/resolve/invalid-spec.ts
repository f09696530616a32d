/** A specification that the schema in code refuses (the API server let it in under another schema) -> a failure that names the fields. Pure. */
import type { z } from 'zod';
import { fail } from '../api/failure.ts';
import type { Failure } from '../api/failure.ts';
import { excerpt } from '../base/excerpt.ts';
import type { Result } from '../base/result.ts';

/** Of a path: keys of labels are part of it, and have no bound under an older schema. */
const MAX_PART = 32;
const MAX_PATH = 56;

export function invalidSpec(error: z.ZodError): Result<never, Failure> {
  const fields = error.issues.slice(0, 3).map((issue) => `spec.${pathOf(issue)}: ${issue.code.replaceAll('_', ' ')}`);
  const more = error.issues.length > 3 ? ` (and ${error.issues.length - 3} more)` : '';
  return fail('InvalidSpec', `${fields.join('; ')}${more}`);
}

function pathOf({ path }: z.core.$ZodIssue): string {
  return excerpt(path.map((part) => excerpt(String(part), MAX_PART)).join('.'), MAX_PATH);
}
