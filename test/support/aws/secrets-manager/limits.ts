// The bounds of the Secrets Manager API model as zod fields, and the rules with messages of AWS.
import { z } from 'zod';
import { invalidParameter, validation } from '../aws-error.ts';
import type { SecretContent } from './secret.ts';

const MAX_VALUE_BYTES = 65_536;
const MAX_TAGS = 50;

export const field = {
  secretId: z.string().min(1).max(2048),
  token: z.string().optional(),
  versionId: z.string().min(32).max(64),
  stage: z.string().min(1).max(256),
  stages: z.array(z.string().min(1).max(256)).min(1).max(20).optional(),
  secretString: z.string().min(1).optional(),
  secretBinary: z.base64().min(1).optional(),
  description: z.string().max(2048).optional(),
  kmsKeyId: z.string().max(2048).optional(),
  tags: z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).default('') })),
  nextToken: z.string().min(1).max(4096).optional(),
  maxResults: z.int().min(1).max(100).optional(),
  flag: z.boolean().optional(),
  rotationRules: z
    .object({
      AutomaticallyAfterDays: z.int().min(1).max(1000).optional(),
      Duration: z
        .string()
        .min(2)
        .max(3)
        .regex(/^[0-9]+h$/)
        .optional(),
      ScheduleExpression: z
        .string()
        .min(1)
        .max(256)
        .regex(/^[0-9A-Za-z(),\-*?/# ]+$/)
        .optional(),
    })
    .optional(),
} as const;

const NAME_HELP = 'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!';

/** Names of new secrets. `!` is reserved to the services that own managed secrets. */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name)) throw validation(NAME_HELP);
}

/** Names and ARNs that a request may refer to. */
export function checkSecretId(secretId: string): void {
  if (!secretId.startsWith('arn:') && !/^[A-Za-z0-9/_+=.@!-]+$/.test(secretId)) throw validation(NAME_HELP);
}

export function checkToken(token: string | undefined): void {
  if (token !== undefined && (token.length < 32 || token.length > 64)) {
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  }
}

/** The value of a request, or undefined when it carries none. */
export function contentOf(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}): SecretContent | undefined {
  const { SecretString: text, SecretBinary: base64 } = input;
  if (text !== undefined && base64 !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  if (text !== undefined) {
    checkSize(Buffer.byteLength(text), 'secretString');
    return { string: text };
  }
  if (base64 === undefined) return undefined;
  const binary = Buffer.from(base64, 'base64');
  checkSize(binary.length, 'secretBinary');
  return { binary };
}

function checkSize(bytes: number, member: string): void {
  if (bytes > MAX_VALUE_BYTES) {
    throw validation(
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_VALUE_BYTES}`,
    );
  }
}

/** The tags of a secret after `added`. */
export function mergeTags(
  tags: ReadonlyMap<string, string>,
  added: readonly { readonly Key: string; readonly Value: string }[],
): ReadonlyMap<string, string> {
  const merged = new Map(tags);
  for (const { Key: key, Value: value } of added) {
    if (key.toLowerCase().startsWith('aws:')) throw invalidParameter(`Tag keys can't start with aws:.`);
    merged.set(key, value);
  }
  if (merged.size > MAX_TAGS) throw invalidParameter(`A secret can have at most ${MAX_TAGS} tags.`);
  if (new Set(added.map((tag) => tag.Key)).size < added.length) throw invalidParameter('Duplicate tag keys found.');
  return merged;
}
