/**
 * The statuses that this process has written and the cache has not seen yet. A reconcile that follows at once would otherwise act on the status
 * before last: ask AWS again for a force-sync it has acted on, or write the same status twice. Needs no more memory than writes in flight.
 */
import type { ExternalSecretObject, ExternalSecretStatus } from '../../api/external-secret.ts';
import type { Key } from '../../base/key.ts';

interface Written {
  readonly uid: string;
  /** Of the cached object that the write was based on. */
  readonly resourceVersion: string;
  readonly status: ExternalSecretStatus;
}

export class OwnStatuses {
  readonly #written = new Map<Key, Written>();

  /** The resource with the status written last. Once the cache has moved on, what it shows is newer, or an event that shows it is on its way. */
  current(key: Key, resource: ExternalSecretObject): ExternalSecretObject {
    const written = this.#written.get(key);
    if (written === undefined) return resource;
    const { uid, resourceVersion } = resource.metadata;
    if (written.uid === uid && written.resourceVersion === resourceVersion) return { ...resource, status: written.status };
    this.#written.delete(key);
    return resource;
  }

  wrote(key: Key, { metadata: { uid, resourceVersion } }: ExternalSecretObject, status: ExternalSecretStatus): void {
    this.#written.set(key, { uid, resourceVersion, status });
  }

  forget(key: Key): void {
    this.#written.delete(key);
  }
}
