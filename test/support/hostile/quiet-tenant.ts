// A tenant that does no harm, and is not to be harmed: its namespace, and the AWS that it reads from.
import type { AwsEmulator } from '../aws/emulator-surface.ts';
import type { Objects } from '../operator/objects.ts';

export interface QuietTenant {
  readonly objects: Objects;
  readonly aws: AwsEmulator;
  /** The store of its rotated secret. By default its own. */
  readonly storeRef?: object;
}
