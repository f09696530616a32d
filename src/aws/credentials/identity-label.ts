/** The label of an identity in metrics: readable, stable, and without any part of a credential. */

const ROLE_ARN = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/;
const ACCESS_KEY = /^A[A-Z0-9]{15,31}$/;

/** `as`: the result of `identityName`, or the ServiceAccount whose token is exchanged. A role becomes `account/role`. */
export function identityLabel(as: string): string {
  const [, account, role] = ROLE_ARN.exec(as) ?? [];
  if (account !== undefined && role !== undefined) return `${account}/${role.slice(0, 64)}`;
  // One label for all access keys, because each renewed key would be a new series.
  if (ACCESS_KEY.test(as)) return 'access-key';
  return as
    .replace(/^ServiceAccount /, 'serviceaccount/')
    .replaceAll(' ', '-')
    .slice(0, 128);
}
