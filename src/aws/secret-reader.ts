/** The port to AWS: one transport and one set of credentials under the services that hold secrets. */
import type { Clock } from '../base/clock.ts';
import { ok } from '../base/result.ts';
import { Credentials, knownAs, type WebIdentityTokens } from './credentials.ts';
import type { Identity, SecretService } from './identity.ts';
import type { CallObserver } from './observed-call.ts';
import { ParameterStore } from './parameter-store.ts';
import type { CredentialCheck, SecretReader } from './port.ts';
import { SecretsManager } from './secrets-manager.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export interface SecretReaderOptions {
  readonly clock: Clock;
  readonly tokens: WebIdentityTokens;
  readonly observe: CallObserver;
  readonly transport?: TransportOptions;
}

/** Holds connections: `close` lets them go. */
export function createSecretReader(options: SecretReaderOptions): SecretReader & CredentialCheck & { close(): void } {
  const { clock, observe, tokens } = options;
  const transport = createTransport(options.transport);
  const credentials = new Credentials({ clock, observe, tokens, transport });
  const context = { clock, observe, transport, credentials };
  const services: Readonly<Record<SecretService, SecretReader>> = {
    SecretsManager: new SecretsManager(context),
    ParameterStore: new ParameterStore(context),
  };
  const of = ({ service }: Identity): SecretReader => services[service];
  return {
    read: (identity, secretId, version, signal) => of(identity).read(identity, secretId, version, signal),
    readBatch: (identity, references, signal) => of(identity).readBatch(identity, references, signal),
    verifyCredentials: async (identity, signal) => {
      const resolved = await credentials.resolve(identity, signal);
      return resolved.ok ? ok({ knownAs: knownAs(identity) }) : resolved;
    },
    close: () => transport.destroy(),
  };
}
