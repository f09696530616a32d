/** The API server, asked by whoever has the turn: the first request of a round waits for it. */
import type { KubeReader, KubeWriter } from './port.ts';

/** `begin`: resolves when a request may be made. */
export function limitedClient(client: KubeReader & KubeWriter, begin: () => Promise<void>): KubeReader & KubeWriter {
  const once = async <T>(ask: () => Promise<T>): Promise<T> => {
    await begin();
    return ask();
  };
  return {
    get: (type, name, signal) => once(() => client.get(type, name, signal)),
    list: (type, scope, signal) => once(() => client.list(type, scope, signal)),
    create: (type, namespace, body, signal, mode) => once(() => client.create(type, namespace, body, signal, mode)),
    mergePatch: (type, name, body, signal, subresource) => once(() => client.mergePatch(type, name, body, signal, subresource)),
    delete: (type, name, preconditions, signal) => once(() => client.delete(type, name, preconditions, signal)),
  };
}
