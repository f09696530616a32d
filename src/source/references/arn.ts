/** Parses ARNs of secrets and parameters. Pure. */
import type { SecretService } from '../../aws/credentials/identity.ts';

export interface SourceArn {
  readonly service: SecretService;
  readonly region: string;
  readonly account: string;
  /** The part after `secret:` or `parameter/`: for a secret its name and, unless it is a partial ARN, a hyphen and six characters. */
  readonly rest: string;
}

const ARN = /^arn:[^:]+:(?:secretsmanager:([^:]*):([^:]*):secret:(.+)|ssm:([^:]*):([^:]*):parameter\/(.+))$/;
/** AWS appends it to the name of a secret to make an ARN. By AWS's rules no name ends in this way, but AWS does not enforce that. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

export function parseArn(text: string): SourceArn | undefined {
  const [, secretRegion, secretAccount, secretRest, region, account, rest] = ARN.exec(text) ?? [];
  if (secretRest !== undefined) {
    return { service: 'SecretsManager', region: secretRegion ?? '', account: secretAccount ?? '', rest: secretRest };
  }
  return rest === undefined ? undefined : { service: 'ParameterStore', region: region ?? '', account: account ?? '', rest };
}

/** Without the six random characters, if there are any. */
export function withoutSuffix(rest: string): string {
  return rest.replace(SUFFIX, '');
}
