// The name of a SecretId in any form, so that faults and counters apply to names, ARNs and partial ARNs alike.
import { parseSecretArn } from './arn.ts';

export function secretNameOf(secretId: string): string {
  const arn = parseSecretArn(secretId);
  return arn ? arn.resource.replace(/-[A-Za-z0-9]{6}$/, '') : secretId;
}
