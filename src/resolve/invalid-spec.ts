/** A specification that the schema in code refuses (the API server let it in under another schema) -> a failure that names the fields. Pure. */
import type { z } from 'zod';
import { fail } from '../api/failure.ts';
import type { Failure } from '../api/failure.ts';
import type { Result } from '../base/result.ts';

export function invalidSpec(error: z.ZodError): Result<never, Failure> {
  const fields = error.issues.slice(0, 3).map((issue) => `spec.${issue.path.map(String).join('.')}: ${issue.code.replaceAll('_', ' ')}`);
  const more = error.issues.length > 3 ? ` (and ${error.issues.length - 3} more)` : '';
  return fail('InvalidSpec', `${fields.join('; ')}${more}`);
}
