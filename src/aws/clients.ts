/** SDK clients, one for each identity in use: few, because each holds about 20 kB, and all over one transport. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import { BoundedMap } from './bounded-map.ts';
import { type Identity, type IdentityKey, identityKey } from './identity.ts';

const MAX_CLIENTS = 64;

interface PooledClient {
  readonly credentials: AwsCredentialIdentity;
  readonly client: SecretsManagerClient;
}

export class SecretsManagerClients {
  readonly #transport: NodeHttpHandler;
  readonly #pool = new BoundedMap<IdentityKey, PooledClient>(MAX_CLIENTS);

  constructor(transport: NodeHttpHandler) {
    this.#transport = transport;
  }

  /** The client of `identity` that signs with exactly these credentials: renewed ones get a new client, so that none is remembered twice. */
  for(identity: Identity, credentials: AwsCredentialIdentity): SecretsManagerClient {
    const key = identityKey(identity);
    const pooled = this.#pool.get(key);
    if (pooled?.credentials === credentials) return pooled.client;
    // Endpoints, FIPS and the number of attempts come from the SDK's own variables.
    const client = new SecretsManagerClient({
      region: identity.region,
      credentials,
      requestHandler: this.#transport,
      retryMode: 'standard',
    });
    this.#pool.set(key, { credentials, client });
    return client;
  }
}
