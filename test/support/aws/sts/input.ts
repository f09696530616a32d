// Parameters of the query protocol (Tags.member.1.Key=...) and the bounds of the STS API model.
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';

const fields = {
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\w+=,.@-]*$/),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3600),
  Policy: z.string().min(1).max(2048).optional(),
};
const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).max(50);

export const assumeRoleInput = z.object({
  ...fields,
  ExternalId: z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]*$/)
    .optional(),
  Tags: tags.default([]),
  TransitiveTagKeys: z.array(z.string().min(1).max(128)).max(50).default([]),
});
export type AssumeRoleInput = z.output<typeof assumeRoleInput>;

export const webIdentityInput = z.object({ ...fields, WebIdentityToken: z.string().min(4).max(20_000) });

/** Turns `A.member.1.B=x` into `{A: [{B: 'x'}]}`. */
export function parseQuery(parameters: URLSearchParams): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, value] of parameters) {
    const [head, member, index, field] = name.split('.');
    if (head === undefined || member !== 'member') {
      result[name] = value;
      continue;
    }
    const list = (result[head] ??= []) as unknown[];
    const position = Number(index) - 1;
    if (position < 0 || position > 100) continue;
    list[position] = field === undefined ? value : { ...(list[position] as object | undefined), [field]: value };
  }
  return result;
}

export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const member = issue?.path.map(String).join('.') ?? '';
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${issue?.message}`,
  );
}
