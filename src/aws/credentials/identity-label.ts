/** The label of an identity in metrics: readable, stable, and without any part of a credential. */

import { isAccessKeyId } from '../../api/access-key-id.ts';
import { roleIn } from '../../api/role-arn.ts';

/** `as`: the result of `identityName`, or the ServiceAccount whose token is exchanged. A role becomes `account/role`. */
export function identityLabel(as: string): string {
  const role = roleIn(as);
  if (role !== undefined) return `${role.account}/${role.name.slice(0, 64)}`;
  // One label for all access keys, because each renewed key would be a new series.
  if (isAccessKeyId(as)) return 'access-key';
  return as
    .replace(/^ServiceAccount /, 'serviceaccount/')
    .replaceAll(' ', '-')
    .slice(0, 128);
}
