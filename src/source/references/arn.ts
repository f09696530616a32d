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

export function parseArn(text: string): SourceArn | undefined {
  const [, secretRegion, secretAccount, secretRest, region, account, rest] = ARN.exec(text) ?? [];
  if (secretRest !== undefined) {
    return { service: 'SecretsManager', region: secretRegion ?? '', account: secretAccount ?? '', rest: secretRest };
  }
  return rest === undefined ? undefined : { service: 'ParameterStore', region: region ?? '', account: account ?? '', rest };
}
