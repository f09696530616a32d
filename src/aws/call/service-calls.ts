/**
 * Calls of one service. Each call is signed with the credentials of the identity, which are renewed if they expired. The call is observed,
 * and its error becomes a failure.
 */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Outcome } from '../../api/failure.ts';
import { type ClientConfig, Clients } from './clients.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { CredentialSource } from '../credentials/identity.ts';
import { type CallContext, type CallObserver, observedCall } from './observed-call.ts';
import type { OnAttempts } from '../port.ts';
import type { AttemptingClient } from './throttled-attempts.ts';

export interface ServiceContext extends CallContext {
  readonly credentials: Credentials;
  readonly transport: NodeHttpHandler;
  /** Called after the credentials are obtained, before the request is sent. An error that it throws ends the call. */
  readonly beforeSend?: () => void;
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
    onAttempts?: OnAttempts,
  ): Promise<Outcome<T>> {
    const { clock, observe } = this.#context;
    return this.#context.credentials.use(identity, signal, (credentials) => {
      this.#context.beforeSend?.();
      const observed: CallObserver = (call) => {
        observe(call);
        onAttempts?.({ attempts: call.attempts, throttled: call.throttled, account: credentials.accountId });
      };
      return observedCall({ clock, observe: observed }, subject, signal, () => send(this.#clients.for(identity, credentials)));
    });
  }
}
