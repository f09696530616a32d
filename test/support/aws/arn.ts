// Builds and parses ARNs of the emulated services.
import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export interface SecretArn {
  readonly region: string;
  readonly account: string;
  /** Name with its six random characters, or (partial ARN) the name alone. */
  readonly resource: string;
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function newSecretArn(account: string, region: string, name: string): string {
  const suffix = Array.from({ length: 6 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return secretArn(account, region, `${name}-${suffix}`);
}

export const secretArn = (account: string, region: string, resource: string): string =>
  `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${resource}`;

export function parseSecretArn(text: string): SecretArn | undefined {
  const match = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):(\d{12}):secret:(.+)$/.exec(text);
  return match ? { region: match[1]!, account: match[2]!, resource: match[3]! } : undefined;
}

export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const userArn = (account: string, name: string): string => `arn:aws:iam::${account}:user/${name}`;
export const assumedRoleArn = (account: string, role: string, session: string): string =>
  `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1)}/${session}`;
