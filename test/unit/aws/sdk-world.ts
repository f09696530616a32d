// What the tests of src/aws share: an emulator that the SDK of this process is pointed at, identities, and the calls that were reported.
import type { Outcome } from '../../../src/api/failure.ts';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Identity, RoleStep, StaticCredentials } from '../../../src/aws/identity.ts';
import type { WebIdentityTokens } from '../../../src/aws/credentials.ts';
import type { AwsCall } from '../../../src/aws/observed-call.ts';
import { createSecretsManager } from '../../../src/aws/secrets-manager.ts';
import type { SecretsManager, SecretVersion } from '../../../src/aws/port.ts';
import type { TransportOptions } from '../../../src/aws/transport.ts';
import { fail } from '../../../src/api/failure.ts';
import { type AwsEmulator, type EmulatorOptions, startAwsEmulator } from '../../support/aws/emulator.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
export const CURRENT = { kind: 'stage', stage: 'AWSCURRENT' } as const;

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Points the SDK at `endpoint` and at nothing else on this machine. */
export function useEndpoint(endpoint: string): void {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|HTTPS?_PROXY|https?_proxy|NO_PROXY|no_proxy)/.test(name)) delete process.env[name];
  }
  process.env['AWS_ENDPOINT_URL'] = endpoint;
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  process.env['AWS_CONFIG_FILE'] = '/dev/null';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
  process.env['AWS_MAX_ATTEMPTS'] = '1';
}

export function staticBase(key: { readonly accessKeyId: string; readonly secretAccessKey: string }, origin = 'uid/1'): StaticCredentials {
  return {
    kind: 'static',
    accessKeyId: SecretValue.ofText(key.accessKeyId),
    secretAccessKey: SecretValue.ofText(key.secretAccessKey),
    origin: [origin],
  };
}

export function identityOf(base: Identity['base'], ...roles: readonly Partial<RoleStep>[]): Identity {
  const step = { roleArn: '', sessionTags: [], transitiveTagKeys: [] };
  return { region: REGION, base, roles: roles.map((role) => ({ ...step, ...role })) };
}

export interface SdkWorld extends AsyncDisposable {
  readonly aws: AwsEmulator;
  readonly secretsManager: SecretsManager;
  readonly calls: AwsCall[];
  /** An identity with an access key that the emulator knows. */
  readonly identity: Identity;
}

export const noTokens: WebIdentityTokens = () => Promise.resolve(fail('CredentialsMissing', 'no ServiceAccount in this test'));

export async function startSdkWorld(
  options: EmulatorOptions & { readonly tokens?: WebIdentityTokens; readonly transport?: TransportOptions; readonly clock?: Clock } = {},
): Promise<SdkWorld> {
  const aws = await startAwsEmulator(options);
  useEndpoint(aws.endpoint);
  const calls: AwsCall[] = [];
  const secretsManager = createSecretsManager({
    clock: options.clock ?? systemClock,
    tokens: options.tokens ?? noTokens,
    observe: (call) => void calls.push(call),
    ...(options.transport !== undefined && { transport: options.transport }),
  });
  return {
    aws,
    secretsManager,
    calls,
    identity: identityOf(staticBase(aws.addAccessKey({ account: ACCOUNT }))),
    async [Symbol.asyncDispose]() {
      secretsManager.close();
      await aws[Symbol.asyncDispose]();
    },
  };
}

/** `ok` or the reason, for short comparisons. */
export function reasonOf(outcome: Outcome<SecretVersion> | undefined): string | undefined {
  return outcome?.ok === true ? 'ok' : outcome?.failure.reason;
}

export function textOf(outcome: Outcome<SecretVersion> | undefined): string | undefined {
  return outcome?.ok === true ? outcome.value.value.reveal().toString() : undefined;
}
