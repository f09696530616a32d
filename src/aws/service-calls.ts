/** Calls of one service: signed as the identity, with credentials renewed where they have expired, observed, their errors made failures. */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Outcome } from '../api/failure.ts';
import { type ClientConfig, Clients } from './clients.ts';
import type { Credentials } from './credentials.ts';
import type { CallSubject } from './errors.ts';
import type { CredentialSource } from './identity.ts';
import { type CallContext, observedCall } from './observed-call.ts';

export interface ServiceContext extends CallContext {
  readonly credentials: Credentials;
  readonly transport: NodeHttpHandler;
}

export class ServiceCalls<C> {
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
  ): Promise<Outcome<T>> {
    return this.#context.credentials.use(identity, signal, (credentials) =>
      observedCall(this.#context, subject, signal, () => send(this.#clients.for(identity, credentials))),
    );
  }
}
