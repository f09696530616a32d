/** Who makes a call, as a metric may name it: readable, the same for ever, and without anything of a credential. */

const ROLE_ARN = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/;
const ACCESS_KEY = /^A[A-Z0-9]{15,31}$/;

/** `as`: as `identityName` gives it, or whose token is exchanged. A role is `account/role`. */
export function identityLabel(as: string): string {
  const [, account, role] = ROLE_ARN.exec(as) ?? [];
  if (account !== undefined && role !== undefined) return `${account}/${role.slice(0, 64)}`;
  // Access keys are renewed, and each would be a series of its own.
  if (ACCESS_KEY.test(as)) return 'access-key';
  return as
    .replace(/^ServiceAccount /, 'serviceaccount/')
    .replaceAll(' ', '-')
    .slice(0, 128);
}
