/**
 * Whose quota the calls of an identity use up. AWS counts by the account and region of the caller, also for secrets of other accounts. The account
 * counts only once AWS has proved it: anybody may write the role ARN of another account into a store. Pure.
 */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { RemoteReference } from '../port.ts';

export type Asked = Pick<RemoteReference, 'identity' | 'secretId'>;

/** `arn:partition:service:region:account:…`; region and account are empty in what AWS itself provides. */
const ACCOUNT_OF_ARN = /^arn:[^:]+:[a-z]+:[^:]*:(\d{12}):/;

/** `account`: of the credentials, as STS or the source of the credentials tells it. A region belongs to one partition. */
export function ownerByAccount({ region }: Pick<Identity, 'region'>, account: string): string {
  return `account ${account} in ${region}`;
}

/**
 * What is asked for by its name is looked for in the caller's own account, which the ARN in the answer shows; what is asked for by ARN may be of
 * any. Undefined where the answer proves nothing.
 */
export function ownerByAnswer({ identity, secretId }: Asked, arn: string): string | undefined {
  const account = secretId.startsWith('arn:') ? undefined : ACCOUNT_OF_ARN.exec(arn)?.[1];
  return account === undefined ? undefined : ownerByAccount(identity, account);
}
