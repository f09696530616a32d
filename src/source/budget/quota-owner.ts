/** Whose quota the calls of an identity use up. Pure. */
import type { Identity } from '../../aws/identity.ts';
import { keyOfIdentity } from '../reference-key.ts';

/** arn:partition:iam::account:… */
const ACCOUNT_OF_ARN = /^arn:([^:]+):iam::(\d{12}):/;

/**
 * AWS counts calls by the caller's account and region, also for secrets of other accounts (facts: AWS 1.2). The account is that of the role
 * assumed last; where no role tells, the identity stands for itself.
 */
export function quotaOwner(identity: Identity): string {
  const roleArn = identity.roles.at(-1)?.roleArn ?? (identity.base.kind === 'web-identity' ? identity.base.roleArn : '');
  const [, partition, account] = ACCOUNT_OF_ARN.exec(roleArn) ?? [];
  return account === undefined ? keyOfIdentity(identity) : `${partition} ${account} ${identity.region}`;
}
