// The operations on a started emulator for tests and the control endpoint.
import type { EmulatorClock } from './clock.ts';
import type { ParametersControl } from './control/parameters-control.ts';
import type { SecretsControl } from './control/secrets-control.ts';
import type { Events } from './events.ts';
import type { FaultHandle, Injection } from './faults.ts';
import type { AccessKey, AccessKeyOptions, OidcProviderOptions, RoleOptions } from './iam/identities.ts';
import type { KmsKeys } from './kms.ts';
import type { RequestLog } from './request-log.ts';
import type { RotationFunction } from './secrets-manager/rotation-functions.ts';
import type { Queue, QueueOptions } from './sqs/queue.ts';
import type { StaleReadsHandle, StaleReadsOptions } from './stale-reads.ts';
import type { Switches } from './world.ts';

export interface AwsEmulator extends AsyncDisposable {
  /** For AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  readonly port: number;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  /** May be changed at any time. */
  readonly switches: Switches;
  readonly clock: EmulatorClock;
  readonly calls: RequestLog;
  readonly events: Events;
  readonly kms: KmsKeys;
  /** Direct access to the secrets of an account and region (default: the default ones). */
  secrets(account?: string, region?: string): SecretsControl;
  /** The same for parameters. */
  parameters(account?: string, region?: string): ParametersControl;
  addAccessKey(options: AccessKeyOptions): AccessKey;
  removeAccessKey(accessKeyId: string): boolean;
  /** Adds or replaces a role; sessions already issued follow its new policies. Returns its ARN. */
  addRole(options: RoleOptions): string;
  addOidcProvider(options: OidcProviderOptions): void;
  /** Makes `rotate` the Lambda function that RotateSecret may name. */
  addRotationFunction(lambdaArn: string, rotate: RotationFunction): void;
  /** A queue of the default account and region; with `events` the native events of the secrets and parameters there go into it, as a rule of EventBridge would do. One of this name that exists is replaced. */
  createQueue(name: string, options?: QueueOptions & { readonly events?: boolean }): Queue;
  /** Rotation of secrets that a service owns (`rds`). */
  addManagedRotation(owningService: string, rotate: RotationFunction): void;
  /** Resolves when no rotation is under way. */
  rotationsSettled(): Promise<void>;
  inject(injection: Injection): FaultHandle;
  staleReads(options: StaleReadsOptions): StaleReadsHandle;
  resetCounters(): void;
}
