/** SDK clients of one service, one for each identity in use: few, because each holds about 20 kB, and all over one transport. */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import { type CredentialKey, credentialKey, type CredentialSource } from '../credentials/identity.ts';
import { SharedMap } from '../../base/shared-map.ts';
import { countThrottled, type AttemptingClient } from './throttled-attempts.ts';

const MAX_CLIENTS = { total: 256, perOwner: 16 };

/**
 * What every client of the SDK is made with. Endpoints, FIPS and the number of attempts come from the SDK's own variables. That the SDK repeats
 * what was throttled spares people a failure that is over within a second; the engine would let the whole identity rest for it. So that it is
 * not blind to it, it is told of each try.
 */
export interface ClientConfig {
  readonly region: string;
  readonly credentials: AwsCredentialIdentity;
  readonly requestHandler: NodeHttpHandler;
  readonly retryMode: 'standard';
}

interface PooledClient<C> {
  readonly credentials: AwsCredentialIdentity;
  readonly client: C;
}

export class Clients<C extends AttemptingClient> {
  readonly #transport: NodeHttpHandler;
  readonly #make: (config: ClientConfig) => C;
  readonly #pool = new SharedMap<CredentialKey, PooledClient<C>>(MAX_CLIENTS);

  constructor(transport: NodeHttpHandler, make: (config: ClientConfig) => C) {
    this.#transport = transport;
    this.#make = make;
  }

  /** The client of `identity` that signs with exactly these credentials: renewed ones get a new client, so that none is remembered twice. */
  for(identity: CredentialSource, credentials: AwsCredentialIdentity): C {
    const key = credentialKey(identity);
    const owner = identity.storeNamespace ?? '';
    const pooled = this.#pool.get(key);
    if (pooled?.credentials === credentials) return pooled.client;
    const client = this.#make({ region: identity.region, credentials, requestHandler: this.#transport, retryMode: 'standard' });
    countThrottled(client);
    this.#pool.set(key, { credentials, client }, owner);
    return client;
  }
}
