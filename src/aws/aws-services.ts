/** Implements the port to AWS: the services share one transport and the credentials. */
import type { Clock } from '../base/time/clock.ts';
import { ok } from '../base/result.ts';
import { Credentials } from './credentials/credentials.ts';
import { identityName } from './credentials/identity-facts.ts';
import { createHostLookup } from './call/host-lookup.ts';
import type { Identity } from './credentials/identity.ts';
import type { CallObserver } from './call/observed-call.ts';
import type { EventQueue } from './event-queue-port.ts';
import type { CredentialCheck, SecretFinder, SecretLister, SecretReader } from './port.ts';
import { SecretList } from './secrets-manager/secret-list.ts';
import { SecretsManager } from './secrets-manager/secrets-manager.ts';
import { SecretsManagerWriter } from './secrets-manager/secret-writer.ts';
import type { SecretWriter, WriteGuards } from './writer-port.ts';
import type { ServiceContext } from './client/service-calls.ts';
import { createTransport, type AwsTransportOptions } from './call/transport.ts';
import type { WebIdentityTokens } from './credentials/web-identity-tokens.ts';

export interface SecretReaderOptions {
  readonly clock: Clock;
  readonly tokens: WebIdentityTokens;
  readonly observe: CallObserver;
  readonly transport?: AwsTransportOptions;
}

export interface AwsServices extends SecretReader, SecretLister, SecretFinder, CredentialCheck {
  /** The queue of change events, with the same credentials. */
  readonly eventQueue: EventQueue;
  close(): void;
}

export interface AwsWriters {
  /** Writes to Secrets Manager, with the same credentials and connections as reads. */
  writer(guards: WriteGuards): SecretWriter;
}

/** Holds connections. `close` closes them. */
export function createAwsServices(options: SecretReaderOptions): AwsServices & AwsWriters {
  const { clock, observe, tokens } = options;
  // Both transports share one lookup, because its limits are for the whole process.
  const lookup = createHostLookup(clock);
  const transport = createTransport({ lookup, ...options.transport });
  const credentials = new Credentials({ clock, observe, tokens, transport });
  const context = { clock, observe, transport, credentials };
  const secretsManager = new SecretsManager(context);
  const secretList = new SecretList(context);
  let parameterStore: Promise<SecretReader & SecretFinder> | undefined;
  let queue: ReturnType<typeof loadEventQueue> | undefined;
  const parameters = (): Promise<SecretReader & SecretFinder> => (parameterStore ??= loadParameterStore(context));
  const readerFor = async ({ service }: Identity): Promise<SecretReader> => (service === 'SecretsManager' ? secretsManager : parameters());
  const finderFor = async ({ service }: Identity): Promise<SecretFinder> => (service === 'SecretsManager' ? secretList : parameters());
  return {
    read: async (identity, ...call) => (await readerFor(identity)).read(identity, ...call),
    readBatch: async (identity, ...call) => (await readerFor(identity)).readBatch(identity, ...call),
    listPage: (...call) => secretList.listPage(...call),
    findPage: async (identity, ...call) => (await finderFor(identity)).findPage(identity, ...call),
    verifyCredentials: async (identity, signal) => {
      const resolved = await credentials.resolve(identity, signal);
      return resolved.ok ? ok({ identityName: identityName(identity) }) : resolved;
    },
    eventQueue: queueOnDemand(() => (queue ??= loadEventQueue({ clock, observe, credentials }, { lookup }))),
    writer: (guards) => new SecretsManagerWriter(context, guards),
    close: () => {
      transport.destroy();
      void queue?.then((loaded) => loaded.close());
    },
  };
}

/** Loaded at the first use: its part of the SDK takes 12 MB of memory. */
async function loadParameterStore(context: ServiceContext): Promise<SecretReader & SecretFinder> {
  const { ParameterStore } = await import('./parameter-store/parameter-store.ts');
  return new ParameterStore(context);
}

/** SQS is loaded at the first use too. */
async function loadEventQueue(
  context: Omit<ServiceContext, 'transport'>,
  options: Pick<AwsTransportOptions, 'lookup'>,
): Promise<EventQueue & { close(): void }> {
  const { createEventQueue } = await import('./sqs/queue-events.ts');
  return createEventQueue(context, options);
}

function queueOnDemand(load: () => Promise<EventQueue>): EventQueue {
  return {
    receive: async (...call) => (await load()).receive(...call),
    delete: async (...call) => (await load()).delete(...call),
    changeVisibility: async (...call) => (await load()).changeVisibility(...call),
  };
}
