/** Fields of all events of EventBridge. Pure. */
import { type Ms, ms } from '../../../base/time/clock.ts';
import type { Change } from '../../references/change.ts';
import { parseSourceArn } from '../../references/arn.ts';
import { withoutArnSuffix } from '../../../api/secret-arn.ts';
import { textIn, type JsonRecord } from './json-fields.ts';

/** Account and region: from the ARN if it contains them, otherwise from the event. */
export function locationOf(event: JsonRecord, arn: string | undefined): Pick<Change, 'account' | 'region' | 'arn'> {
  const parsed = arn === undefined ? undefined : parseSourceArn(arn);
  const account = parsed?.account ?? textIn(event, 'account');
  const region = parsed?.region ?? textIn(event, 'region');
  return {
    ...(arn !== undefined && parsed !== undefined && { arn }),
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  };
}

/** The name in a full ARN of a secret. Undefined for any other text. */
export function nameInFullArn(arn: string | undefined): string | undefined {
  const parsed = arn === undefined ? undefined : parseSourceArn(arn);
  if (parsed?.service !== 'SecretsManager') return undefined;
  const name = withoutArnSuffix(parsed.rest);
  return name === parsed.rest ? undefined : name;
}

export function timeOf(text: string | undefined): Ms | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : ms(time);
}
