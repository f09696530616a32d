// One operation of Secrets Manager: the schema of its input and its effect. Runs synchronously, so that every request is atomic.
import type { z } from 'zod';
import { AwsError, invalidParameter, invalidRequest, validation } from '../aws-error.ts';
import type { Caller } from './context.ts';
import type { Secret } from './secret.ts';

export interface Operation {
  run(caller: Caller, input: unknown): object;
}

export function operation<S extends z.ZodType>(schema: S, run: (caller: Caller, input: z.output<S>) => object): Operation {
  return {
    run(caller, input) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw inputError(parsed.error);
      return run(caller, parsed.data);
    },
  };
}

/** AWS words of a model violation. The value itself is left out, as AWS does for sensitive members. */
function inputError(error: z.ZodError): AwsError {
  const issue = error.issues[0];
  const member = issue?.path.map((part) => (typeof part === 'number' ? `${part + 1}.member` : lowerFirst(String(part)))).join('.');
  if (issue?.code === 'invalid_type' && issue.input !== undefined)
    return new AwsError('SerializationException', `Wrong type at '${member}'`);
  return validation(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${issue?.message ?? 'unknown'}`);
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Seconds since the epoch with milliseconds, as JSON 1.1 carries dates. */
export const seconds = (ms: number): number => ms / 1000;
export const secondsOrNone = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

export function refuseIfDeleted(secret: Secret): void {
  if (secret.deletionMs !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  }
}

/** Replicas follow their primary and take no writes of their own. */
export function refuseIfReplica(secret: Secret, region: string): void {
  if (secret.primaryRegion !== undefined && secret.primaryRegion !== region) {
    throw invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  }
}
