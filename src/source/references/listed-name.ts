/** The names by which lists show references. Pure. */
import { withoutArnSuffix } from '../../api/secret-arn.ts';
import type { RemoteReference } from '../port.ts';
import { parseSourceArn } from './arn.ts';

/** The name for the filters of a list. Undefined if a list of the own account in this region cannot contain the secret. */
export function listedName({ secretId, identity }: RemoteReference): string | undefined {
  const arn = parseSourceArn(secretId);
  if (arn === undefined) return secretId;
  return arn.service === 'SecretsManager' && arn.region === identity.region ? withoutArnSuffix(arn.rest) : undefined;
}
