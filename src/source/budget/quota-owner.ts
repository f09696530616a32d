/** Whose quota the calls of an identity use up. Pure. */
import type { Identity } from '../../aws/identity.ts';
import type { RemoteReference } from '../port.ts';

export type Asked = Pick<RemoteReference, 'identity' | 'secretId'>;

/** `arn:partition:iam::account:…`; region and account are empty in what AWS itself provides. */
const ACCOUNT_OF_ARN = /^arn:([^:]+):[a-z]+:[^:]*:(\d{12}):/;
const PARTITION = /^arn:([^:]+):/;

/**
 * AWS counts calls by the caller's account and region, also for secrets of other accounts (facts: AWS 1.2). The account is that of the role
 * assumed last; undefined where no role tells.
 */
export function ownerByRole(identity: Identity): string | undefined {
  const roleArn = identity.roles.at(-1)?.roleArn ?? (identity.base.kind === 'web-identity' ? identity.base.roleArn : '');
  return ownerByArn(identity, roleArn);
}

/**
 * What is asked for by its name is looked for in the caller's own account, which the ARN in the answer shows; what is asked for by ARN may be of
 * any. `caller`: the account of the credentials, where they tell it.
 */
export function ownerByAnswer({ identity, secretId }: Asked, arn: string, caller: string | undefined): string | undefined {
  const [, partition] = PARTITION.exec(arn) ?? [];
  if (caller !== undefined && partition !== undefined) return ownerOf(partition, caller, identity);
  return secretId.startsWith('arn:') ? undefined : ownerByArn(identity, arn);
}

function ownerByArn(identity: Identity, arn: string): string | undefined {
  const [, partition, account] = ACCOUNT_OF_ARN.exec(arn) ?? [];
  return partition === undefined || account === undefined ? undefined : ownerOf(partition, account, identity);
}

function ownerOf(partition: string, account: string, { region }: Identity): string {
  return `${partition} ${account} ${region}`;
}
