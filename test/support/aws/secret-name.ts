// The name that a SecretId means, whatever its form: so that faults and counters meet names, ARNs and partial ARNs alike.
import { parseSecretArn } from './arn.ts';

export function secretNameOf(secretId: string): string {
  const arn = parseSecretArn(secretId);
  return arn ? arn.resource.replace(/-[A-Za-z0-9]{6}$/, '') : secretId;
}
