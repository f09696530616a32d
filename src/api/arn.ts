/** ARNs: `arn:partition:service:region:account:resource` (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html). Pure. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Region and account are empty in ARNs of resources that have none. */
  readonly region: string;
  readonly account: string;
  /** May contain colons and slashes, such as `secret:team/db` and `role/path/name`. */
  readonly resource: string;
}

export const ARN_PARTS = 6;

const PREFIX = 'arn:';
const ACCOUNT = /^\d{12}$/;

/** Whether the text is written as an ARN and not as a name. It may still lack parts. */
export function isArn(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The parts between the colons, the first of which is `arn`. Colons of the resource separate nothing. Fewer than six: the ARN lacks parts. */
export function partsOfArn(text: string): readonly string[] {
  const parts = text.split(':');
  return parts.length < ARN_PARTS ? parts : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** Undefined if the text is no ARN, or lacks partition, service or resource. */
export function parseArn(text: string): Arn | undefined {
  if (!isArn(text)) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = partsOfArn(text);
  return partition === '' || service === '' || resource === '' ? undefined : { partition, service, region, account, resource };
}

/** The part of the resource after this prefix, such as `secret:`. Undefined if the resource has another prefix, or nothing follows. */
export function resourceAfter({ resource }: Arn, prefix: string): string | undefined {
  return resource.startsWith(prefix) && resource.length > prefix.length ? resource.slice(prefix.length) : undefined;
}

/** The account that an ARN of this service names. Undefined if the text is no such ARN, or it names no account. */
export function accountInArn(text: string, service?: string): string | undefined {
  const arn = parseArn(text);
  return arn !== undefined && (service ?? arn.service) === arn.service && ACCOUNT.test(arn.account) ? arn.account : undefined;
}
