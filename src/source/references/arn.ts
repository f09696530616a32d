/** Parses ARNs of secrets and parameters. Pure. */
import { parseArn, resourceAfter } from '../../api/arn.ts';
import type { SecretService } from '../../aws/credentials/identity.ts';

export interface SourceArn {
  readonly service: SecretService;
  readonly region: string;
  readonly account: string;
  /** The part after `secret:` or `parameter/`: for a secret its name and, unless it is a partial ARN, a hyphen and six characters. */
  readonly rest: string;
}

const PREFIXES: ReadonlyMap<string, readonly [service: SecretService, prefix: string]> = new Map([
  ['secretsmanager', ['SecretsManager', 'secret:']],
  ['ssm', ['ParameterStore', 'parameter/']],
]);

/** Undefined for any other text. */
export function parseSourceArn(text: string): SourceArn | undefined {
  const arn = parseArn(text);
  const [service, prefix] = PREFIXES.get(arn?.service ?? '') ?? [];
  if (arn === undefined || service === undefined || prefix === undefined) return undefined;
  const rest = resourceAfter(arn, prefix);
  return rest === undefined ? undefined : { service, region: arn.region, account: arn.account, rest };
}
