/** A client whose first request waits for the permit of the reconcile (queue/api-server-limit.ts). */
import type { KubeReader, KubeWriter } from './port.ts';

/** `begin` resolves when a request may be sent. */
export function limitedClient(client: KubeReader & KubeWriter, begin: () => Promise<void>): KubeReader & KubeWriter {
  const permitted = async <T>(send: () => Promise<T>): Promise<T> => {
    await begin();
    return send();
  };
  return {
    get: (type, name, signal) => permitted(() => client.get(type, name, signal)),
    list: (type, scope, signal) => permitted(() => client.list(type, scope, signal)),
    create: (type, namespace, body, signal, mode) => permitted(() => client.create(type, namespace, body, signal, mode)),
    mergePatch: (type, name, body, signal, subresource) => permitted(() => client.mergePatch(type, name, body, signal, subresource)),
    delete: (type, name, preconditions, signal) => permitted(() => client.delete(type, name, preconditions, signal)),
  };
}
