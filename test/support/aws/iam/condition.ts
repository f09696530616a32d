// Condition operators of IAM policies, with policy variables such as ${aws:PrincipalTag/team} in the expected values.
import { wildcardMatch } from './wildcard.ts';

type Compare = (actual: string, expected: string) => boolean;
const POSITIVE = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => wildcardMatch(expected, actual),
  ArnEquals: (actual, expected) => wildcardMatch(expected, actual),
  ArnLike: (actual, expected) => wildcardMatch(expected, actual),
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
} as const satisfies Record<string, Compare>;
const NEGATED = { StringNotEquals: 'StringEquals', StringNotLike: 'StringLike', ArnNotLike: 'ArnLike' } as const;

type Base = keyof typeof POSITIVE | keyof typeof NEGATED;
const BASES = [...Object.keys(POSITIVE), ...Object.keys(NEGATED)] as Base[];
export const CONDITION_OPERATORS = ['Null', ...BASES, ...BASES.map((base) => `${base}IfExists` as const)] as const;

/** Whether `operator` holds for the request's `key`. A key that the request lacks fails, except for IfExists and negated operators. */
export function conditionHolds(operator: string, values: readonly string[], key: string, context: ReadonlyMap<string, string>): boolean {
  const actual = context.get(conditionKey(key));
  if (operator === 'Null') return values.includes(String(actual === undefined));
  const base = operator.replace(/IfExists$/, '') as Base;
  if (actual === undefined) return base !== operator || base in NEGATED;
  const expected = values.map((value) => substitute(value, context)).filter((value) => value !== undefined);
  if (base in NEGATED) {
    const compare: Compare = POSITIVE[NEGATED[base as keyof typeof NEGATED]];
    return expected.every((value) => !compare(actual, value));
  }
  const compare: Compare = POSITIVE[base as keyof typeof POSITIVE];
  return expected.some((value) => compare(actual, value));
}

/** Condition keys ignore case up to the tag key, which does not. */
export function conditionKey(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key.toLowerCase() : key.slice(0, slash).toLowerCase() + key.slice(slash);
}

/** A value whose variable the request does not carry can match nothing. */
function substitute(value: string, context: ReadonlyMap<string, string>): string | undefined {
  let missing = false;
  const text = value.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const found = context.get(conditionKey(name));
    if (found === undefined) missing = true;
    return found ?? '';
  });
  return missing ? undefined : text;
}
