/**
 * SDK clients of one service: one for each identity in use. A client takes about 20 kB, so their number is limited. All use one transport.
 */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import { type CredentialKey, credentialKey, type CredentialSource } from '../credentials/identity.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { countThrottled, type AttemptingClient } from '../call/throttled-attempts.ts';

const MAX_CLIENTS = { total: 256, perOwner: 16 };

/**
 * The configuration of every SDK client. Endpoints, FIPS and the number of attempts come from the environment variables of the SDK. The SDK
 * repeats throttled attempts, so throttling of less than a second is not a failure. The engine gets the number of attempts, so that it can
 * lower its rate.
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

  /** The client of `identity` that signs with exactly these credentials. Renewed credentials replace the client. */
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
