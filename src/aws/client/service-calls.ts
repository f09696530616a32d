/**
 * Calls of one service. Each call is signed with the credentials of the identity, which are renewed if they expired. The call is observed,
 * and its error becomes a failure.
 */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { CommandIO, MetadataBearer } from '@smithy/types';
import type { Outcome } from '../../failure/failure.ts';
import { type ClientConfig, Clients } from './clients.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { CredentialSource } from '../credentials/identity.ts';
import { type CallContext, type CallObserver, observedCall } from '../call/observed-call.ts';
import type { OnAttempts } from '../port.ts';
import type { AttemptingClient } from '../call/throttled-attempts.ts';

export interface ServiceContext extends CallContext {
  readonly credentials: Credentials;
  readonly transport: NodeHttpHandler;
}

export interface CallHooks {
  readonly onAttempts?: OnAttempts | undefined;
  /**
   * Runs before each request, when the credentials are there: a second time when AWS refuses the credentials and the call is made with new ones. An error that
   * it throws ends the call.
   */
  readonly beforeSend?: () => Promise<void>;
}

/** The part of an SDK client that sends a command. */
interface SendingClient extends AttemptingClient {
  send<I extends object, O extends MetadataBearer>(command: CommandIO<I, O>, options: { readonly abortSignal: AbortSignal }): Promise<O>;
}

export class ServiceCalls<C extends AttemptingClient> {
  readonly #context: ServiceContext;
  readonly #clients: Clients<C>;

  constructor(context: ServiceContext, makeClient: (config: ClientConfig) => C) {
    this.#context = context;
    this.#clients = new Clients(context.transport, makeClient);
  }

  call<T extends object>(
    identity: CredentialSource,
    subject: CallSubject,
    signal: AbortSignal,
    send: (client: C) => Promise<T>,
    { onAttempts, beforeSend }: CallHooks = {},
  ): Promise<Outcome<T>> {
    const { clock, observe } = this.#context;
    return this.#context.credentials.use(identity, signal, async (credentials) => {
      await beforeSend?.();
      const observed: CallObserver = (call) => {
        observe(call);
        onAttempts?.({ attempts: call.attempts, throttled: call.throttled, account: credentials.accountId });
      };
      return observedCall({ clock, observe: observed }, subject, signal, () => send(this.#clients.for(identity, credentials)));
    });
  }

  /** The same for a command alone. */
  send<I extends object, O extends MetadataBearer>(
    this: ServiceCalls<C & SendingClient>,
    identity: CredentialSource,
    subject: CallSubject,
    command: CommandIO<I, O>,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<O>> {
    return this.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }), { onAttempts });
  }
}
