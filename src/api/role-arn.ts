/** ARNs of IAM roles. Pure. */
import { z } from 'zod';
import { accountInArn, parseArn, resourceAfter } from './arn.ts';

const ROLE_ARN = /^arn:[-a-z0-9]+:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;
export const MAX_ROLE_ARN_LENGTH = 2048;

/** A role ARN as a field of a specification. */
export const roleArn = z.string().min(20).max(MAX_ROLE_ARN_LENGTH).regex(ROLE_ARN);

/** Checks a role ARN that is not from a specification, for example from an annotation. */
export function isRoleArn(text: string): boolean {
  return text.length <= MAX_ROLE_ARN_LENGTH && ROLE_ARN.test(text);
}

/** Account and name of a role, with the path before the name. Undefined if the text is no ARN of a role. */
export function roleIn(text: string): { readonly account: string; readonly name: string } | undefined {
  const arn = parseArn(text);
  const account = accountInArn(text, 'iam');
  const name = arn === undefined ? undefined : resourceAfter(arn, 'role/');
  return account === undefined || name === undefined ? undefined : { account, name };
}
