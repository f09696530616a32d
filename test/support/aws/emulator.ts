// An AWS of one's own on a loopback port: Secrets Manager, Parameter Store, STS and SQS, as the official SDK clients speak to them (AWS_ENDPOINT_URL).
// Strict where AWS is strict; what tests need beyond AWS (time, faults, counters, direct access) is on the object returned.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmulatorClock } from './clock.ts';
import { controlService } from './control/control-service.ts';
import { parametersControl, type ParametersControl } from './control/parameters-control.ts';
import { secretsControl, type SecretsControl } from './control/secrets-control.ts';
import type { Events } from './events.ts';
import { Faults, type FaultHandle, type Injection } from './faults.ts';
import type { AccessKey, AccessKeyOptions, OidcProviderOptions, RoleOptions } from './iam/identities.ts';
import type { KmsKeys } from './kms.ts';
import { createParameterStoreService } from './parameter-store/service.ts';
import { serve, write, type Pipeline } from './pipeline.ts';
import { RequestLog } from './request-log.ts';
import { managedRotation } from './secrets-manager/rotate-operations.ts';
import type { RotationFunction } from './secrets-manager/rotation-functions.ts';
import { createSecretsManagerService } from './secrets-manager/service.ts';
import type { StaleReadsHandle, StaleReadsOptions } from './stale-reads.ts';
import type { Queue, QueueOptions } from './sqs/queue.ts';
import { createSqsService } from './sqs/service.ts';
import { createStsService } from './sts/service.ts';
import { createWorld, type Switches, type World } from './world.ts';

export const DEFAULT_ACCOUNT = '111122223333';
export const DEFAULT_REGION = 'eu-central-1';

export interface EmulatorOptions extends Partial<Switches> {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Account of callers with unknown keys (while signatures are not verified). Default 111122223333. */
  readonly defaultAccount?: string;
  /** Region of unsigned requests and of control calls that name none. Default eu-central-1. */
  readonly defaultRegion?: string;
  /** The machine's time, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Draws for faults with a probability. */
  readonly random?: () => number;
}

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

export async function startAwsEmulator(options: EmulatorOptions = {}): Promise<AwsEmulator> {
  const world = createWorld({
    switches: {
      verifySignatures: options.verifySignatures ?? false,
      enforceIam: options.enforceIam ?? false,
      verifyWebIdentity: options.verifyWebIdentity ?? true,
      latencyMs: options.latencyMs ?? 0,
      ...(options.parameterThroughput !== undefined && { parameterThroughput: options.parameterThroughput }),
    },
    defaultAccount: options.defaultAccount ?? DEFAULT_ACCOUNT,
    defaultRegion: options.defaultRegion ?? DEFAULT_REGION,
    now: options.now,
  });
  const log = new RequestLog();
  const freeze = (lagMs: number | undefined): StaleReadsHandle =>
    world.stale.add({ operations: ['ListSecrets'], ...(lagMs !== undefined && { lagMs }) });
  const faults = new Faults(freeze, options.random);
  const pipeline: Pipeline = {
    world,
    log,
    faults,
    services: [
      createSecretsManagerService(world, faults),
      createParameterStoreService(world),
      createStsService(world),
      createSqsService(world),
    ],
  };
  const listening = await listen(pipeline, options.port ?? 0, () => emulator);
  const emulator: AwsEmulator = { ...surface(world, log, faults), ...listening };
  return emulator;
}

function surface(world: World, log: RequestLog, faults: Faults): Omit<AwsEmulator, 'endpoint' | 'port' | typeof Symbol.asyncDispose> {
  const { identities, rotations } = world;
  return {
    defaultAccount: world.defaultAccount,
    defaultRegion: world.defaultRegion,
    switches: world.switches,
    clock: world.clock,
    calls: log,
    events: world.events,
    kms: world.kms,
    secrets: (account = world.defaultAccount, region = world.defaultRegion) => secretsControl(world, account, region),
    parameters: (account = world.defaultAccount, region = world.defaultRegion) => parametersControl(world, account, region),
    addAccessKey: (key) => identities.addAccessKey(key),
    removeAccessKey: (accessKeyId) => identities.removeAccessKey(accessKeyId),
    addRole: (role) => identities.addRole(role),
    addOidcProvider: (provider) => identities.addOidcProvider(provider),
    addRotationFunction: (lambdaArn, rotate) => rotations.add(lambdaArn, rotate),
    addManagedRotation: (owningService, rotate) => rotations.add(managedRotation(owningService), rotate),
    createQueue: (name, options) => createQueue(world, name, options),
    rotationsSettled: () => rotations.settled(),
    inject: (injection) => faults.inject(injection),
    staleReads: (stale) => world.stale.add(stale),
    resetCounters: () => log.reset(),
  };
}

function createQueue(world: World, name: string, { events = false, ...options }: QueueOptions & { readonly events?: boolean } = {}): Queue {
  const { defaultAccount: account, defaultRegion: region } = world;
  const queue = world.queues.create(account, region, name, options);
  if (events) {
    const stop = world.events.on((event) => {
      if (!world.queues.has(queue)) stop();
      else if (event.account === account && event.region === region) queue.send(JSON.stringify(event));
    });
  }
  return queue;
}

async function listen(pipeline: Pipeline, port: number, emulator: () => AwsEmulator) {
  const control = controlService(emulator);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const served = request.url?.startsWith('/_emulator/') ? control(request, response) : serve(pipeline, request, response);
    served.catch((error: unknown) => {
      // A client that hangs up while it sends is no bug of ours; anything else must be seen.
      if (request.socket.destroyed) return;
      process.stderr.write(`aws emulator: ${error instanceof Error ? error.stack : String(error)}\n`);
      write(pipeline.world, response, { status: 500, contentType: 'text/plain', body: 'bug in the emulator' });
    });
  });
  server.on('connection', () => pipeline.log.connected());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
