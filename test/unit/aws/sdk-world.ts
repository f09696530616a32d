// Shared parts of the tests of src/aws: an emulator for the SDK of this process, identities, and the reported calls.
import type { Outcome } from '../../../src/failure/failure.ts';
import { systemClock, type Clock } from '../../../src/base/time/clock.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Identity, RoleStep, StaticCredentials } from '../../../src/aws/credentials/identity.ts';
import type { WebIdentityTokens } from '../../../src/aws/credentials/web-identity-tokens.ts';
import type { AwsCall } from '../../../src/aws/call/observed-call.ts';
import type { CredentialCheck, SecretFinder, SecretLister, SecretReader, SecretVersion, VersionReference } from '../../../src/aws/port.ts';
import { type AwsWriters, createAwsServices } from '../../../src/aws/aws-services.ts';
import type { AwsTransportOptions } from '../../../src/aws/call/transport.ts';
import { fail } from '../../../src/failure/failure.ts';
import { type EmulatorOptions, startAwsEmulator } from '../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../support/aws/emulator-surface.ts';

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
  return { service: 'SecretsManager', region: REGION, base, roles: roles.map((role) => ({ ...step, ...role })) };
}

export interface SdkWorld extends AsyncDisposable {
  readonly aws: AwsEmulator;
  readonly secrets: SecretReader & SecretLister & SecretFinder & CredentialCheck & AwsWriters;
  readonly calls: AwsCall[];
  /** An identity with an access key that the emulator knows. */
  readonly identity: Identity;
}

export const noTokens: WebIdentityTokens = () => Promise.resolve(fail('CredentialsMissing', 'no ServiceAccount in this test'));

export async function startSdkWorld(
  options: EmulatorOptions & { readonly tokens?: WebIdentityTokens; readonly transport?: AwsTransportOptions; readonly clock?: Clock } = {},
): Promise<SdkWorld> {
  const aws = await startAwsEmulator(options);
  useEndpoint(aws.endpoint);
  const calls: AwsCall[] = [];
  const secrets = createAwsServices({
    clock: options.clock ?? systemClock,
    tokens: options.tokens ?? noTokens,
    observe: (call) => void calls.push(call),
    ...(options.transport !== undefined && { transport: options.transport }),
  });
  return {
    aws,
    secrets,
    calls,
    identity: identityOf(staticBase(aws.addAccessKey({ account: ACCOUNT }))),
    async [Symbol.asyncDispose]() {
      secrets.close();
      await aws[Symbol.asyncDispose]();
    },
  };
}

/** An identity that may do these actions on these resources, where permissions are enforced. */
export function permitted({ aws }: SdkWorld, actions: readonly string[], resources: readonly string[] = ['*']): Identity {
  const policies = [{ Statement: { Effect: 'Allow', Action: actions, Resource: resources } }];
  const key = aws.addAccessKey({ account: ACCOUNT, user: 'reader', policies });
  return identityOf(staticBase(key, key.accessKeyId));
}

/** `ok` or the reason, for short comparisons. */
export function reasonOf(outcome: Outcome<SecretVersion> | undefined): string | undefined {
  return outcome?.ok === true ? 'ok' : outcome?.failure.reason;
}

export function textOf(outcome: Outcome<SecretVersion> | undefined): string | undefined {
  return outcome?.ok === true ? outcome.value.value.reveal().toString() : undefined;
}

/** A batch by ids (AWSCURRENT) or by references: outcomes by secret id, or by that and the version where it is another. */
export async function readBatch(
  secrets: SecretReader,
  identity: Identity,
  wanted: readonly (string | VersionReference)[],
): Promise<ReadonlyMap<string, Outcome<SecretVersion>> | 'batch-denied'> {
  const references = wanted.map((one) => (typeof one === 'string' ? { secretId: one, version: CURRENT } : one));
  const batch = await secrets.readBatch(identity, references, never());
  if (batch.kind === 'batch-denied') return batch.kind;
  const name = ({ secretId, version }: VersionReference): string => {
    if (version.kind === 'id') return `${secretId}:${version.id}`;
    return version.kind === 'tags' || version.stage === CURRENT.stage ? secretId : `${secretId}:${version.stage}`;
  };
  return new Map(batch.results.map((outcome, index) => [name(references[index] ?? { secretId: '', version: CURRENT }), outcome]));
}

export function answersOf(batch: Awaited<ReturnType<typeof readBatch>>): ReadonlyMap<string, Outcome<SecretVersion>> {
  if (batch === 'batch-denied') throw new Error(batch);
  return batch;
}

/** `ok` or the reason, by id. */
export function reasonsOf(batch: Awaited<ReturnType<typeof readBatch>>): Record<string, string | undefined> {
  return Object.fromEntries([...answersOf(batch)].map(([id, outcome]) => [id, reasonOf(outcome)]));
}
