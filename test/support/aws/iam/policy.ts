// IAM policy documents and their evaluation: Allow/Deny, wildcards on Action and Resource, the condition operators that secrets use. An
// unknown operator throws when the policy is registered, so that a test cannot pass with an ignored condition.
import { z } from 'zod';
import { CONDITION_OPERATORS, conditionHolds } from './condition.ts';
import { wildcardMatch } from './wildcard.ts';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value));
const principal = z.union([z.literal('*'), z.record(z.string(), oneOrMany)]);
const statement = z
  .object({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: oneOrMany.optional(),
    NotAction: oneOrMany.optional(),
    Resource: oneOrMany.optional(),
    NotResource: oneOrMany.optional(),
    Principal: principal.optional(),
    NotPrincipal: principal.optional(),
    Condition: z.partialRecord(z.enum(CONDITION_OPERATORS), z.record(z.string(), oneOrMany)).optional(),
  })
  .refine((value) => (value.Action === undefined) !== (value.NotAction === undefined), 'a statement has either Action or NotAction');
const document = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([statement, z.array(statement)]).transform((value) => (Array.isArray(value) ? value : [value])),
});

export type PolicyDocument = z.infer<typeof document>;
type Statement = PolicyDocument['Statement'][number];
export type Decision = 'allow' | 'deny' | 'none';

/** What a policy is asked: one action on one resource, with the request's condition keys (lower case). */
export interface PolicyQuestion {
  readonly action: string;
  readonly resource: string;
  readonly context: ReadonlyMap<string, string>;
  /** ARNs and account that a Principal element may name; only for resource policies. */
  readonly principals?: readonly string[];
}

/** @throws ZodError or SyntaxError when the text is no policy this emulator understands. */
export function parsePolicy(policy: string | object): PolicyDocument {
  return document.parse(typeof policy === 'string' ? JSON.parse(policy) : policy);
}

/** The combined answer of several documents: one Deny wins over any Allow. */
export function decide(documents: readonly PolicyDocument[], question: PolicyQuestion): Decision {
  let decision: Decision = 'none';
  for (const { Statement: statements } of documents) {
    for (const candidate of statements) {
      if (!applies(candidate, question)) continue;
      if (candidate.Effect === 'Deny') return 'deny';
      decision = 'allow';
    }
  }
  return decision;
}

function applies(candidate: Statement, question: PolicyQuestion): boolean {
  return (
    listed(candidate.Action, candidate.NotAction, (pattern) => wildcardMatch(pattern, question.action, true)) &&
    listed(candidate.Resource, candidate.NotResource, (pattern) => wildcardMatch(pattern, question.resource)) &&
    principalApplies(candidate, question.principals) &&
    conditionsHold(candidate, question.context)
  );
}

function listed(
  patterns: readonly string[] | undefined,
  except: readonly string[] | undefined,
  matches: (pattern: string) => boolean,
): boolean {
  if (patterns) return patterns.some(matches);
  return except ? !except.some(matches) : true;
}

function principalApplies(candidate: Statement, principals: readonly string[] | undefined): boolean {
  if (!principals) return true;
  if (candidate.Principal !== undefined) return names(candidate.Principal, principals);
  return candidate.NotPrincipal !== undefined && !names(candidate.NotPrincipal, principals);
}

function names(element: NonNullable<Statement['Principal']>, principals: readonly string[]): boolean {
  if (element === '*') return true;
  return (element['AWS'] ?? []).some((named) => named === '*' || principals.includes(named));
}

function conditionsHold(candidate: Statement, context: ReadonlyMap<string, string>): boolean {
  return Object.entries(candidate.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => conditionHolds(operator, values, key, context)),
  );
}
