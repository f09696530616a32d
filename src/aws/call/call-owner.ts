/**
 * The namespace whose call is under way. A socket is opened for a call, but the agents of Node know only the host, so the call is known by its asynchronous
 * context. A request that waits for a free socket of its host may open it in the context of another call; only the first lookups of a host matter, and they
 * are made long before a host has so many sockets.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const owners = new AsyncLocalStorage<string>();

/** Makes a call for a namespace; '' for cluster-scoped stores and the operator itself. */
export function callFor<T>(owner: string, send: () => Promise<T>): Promise<T> {
  return owners.run(owner, send);
}

/** '' outside of all calls. */
export function callOwner(): string {
  return owners.getStore() ?? '';
}
