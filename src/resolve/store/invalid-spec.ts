/**
 * Turns a specification that the schema in code refuses into a failure that names the fields. The API server can have accepted it with
 * another schema. Pure.
 */
import type { z } from 'zod';
import { fail } from '../../failure/failure.ts';
import type { Failure } from '../../failure/failure.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Result } from '../../base/result.ts';

/** Maximum lengths in a path: it contains keys of labels, which have no limit in an older schema. */
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
