/**
 * The suffix of the ARN of a secret: Secrets Manager appends a hyphen and six random characters to the name
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen). Secrets Manager treats an ARN that
 * ends in this form as complete, and any other ARN as one without the suffix. It warns of names that end in this form, but does not refuse
 * them. Pure.
 */

const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

export function hasArnSuffix(arnOrName: string): boolean {
  return ARN_SUFFIX.test(arnOrName);
}

/** The text without its suffix, or the text itself if it has none. */
export function withoutArnSuffix(arnOrName: string): string {
  return arnOrName.replace(ARN_SUFFIX, '');
}
