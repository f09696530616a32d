// An AWS emulator on a loopback port: Secrets Manager, Parameter Store, STS and SQS, for the official SDK clients (AWS_ENDPOINT_URL). It is
// as strict as AWS. The returned object has the operations that tests need beyond AWS (time, faults, counters, direct access).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlService } from './control/control-service.ts';
import { parametersControl } from './control/parameters-control.ts';
import { secretsControl } from './control/secrets-control.ts';
import type { AwsEmulator } from './emulator-surface.ts';
import { Faults } from './faults.ts';
import { createParameterStoreService } from './parameter-store/service.ts';
import { serve, write, type Pipeline } from './pipeline.ts';
import { RequestLog } from './request-log.ts';
import { managedRotation } from './secrets-manager/rotate-operations.ts';
import { createSecretsManagerService } from './secrets-manager/service.ts';
import type { StaleReadsHandle } from './stale-reads.ts';
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
