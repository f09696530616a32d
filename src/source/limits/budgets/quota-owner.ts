/**
 * The account and region whose quota an identity uses. AWS counts calls by account and region of the caller, also for secrets of other
 * accounts. An account counts only after AWS has proved it, because any user can write the role ARN of another account into a store. Pure.
 */
import { accountInArn, isArn } from '../../../api/arn.ts';
import type { Identity } from '../../../aws/credentials/identity.ts';
import type { RemoteReference } from '../../port.ts';

export type RequestedSecret = Pick<RemoteReference, 'identity' | 'secretId'>;

/** `account`: the account of the credentials, from STS or from the source of the credentials. A region belongs to one partition. */
export function ownerByAccount({ region }: Pick<Identity, 'region'>, account: string): string {
  return `account ${account} in ${region}`;
}

/**
 * A secret that is requested by name is in the account of the caller, which the ARN in the answer shows. A secret that is requested by ARN
 * can be in any account. Undefined if the answer proves no account.
 */
export function ownerByAnswer({ identity, secretId }: RequestedSecret, arn: string): string | undefined {
  const account = isArn(secretId) ? undefined : accountInArn(arn);
  return account === undefined ? undefined : ownerByAccount(identity, account);
}

/** The account in the ARN of the request. Undefined for a name. */
export function accountInRequest({ secretId }: RequestedSecret): string | undefined {
  return isArn(secretId) ? accountInArn(secretId) : undefined;
}
