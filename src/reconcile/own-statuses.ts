/**
 * The statuses that this process has written and the cache has not seen yet. A reconcile that follows at once would otherwise act on the status
 * before last: ask AWS again for a force-sync it has acted on, or say and write the same twice.
 */
import type { ObjectMeta } from '../api/object.ts';

interface Reported<S> {
  readonly metadata: ObjectMeta;
  readonly status?: S | undefined;
}

export class OwnStatuses<S> {
  /** By the metadata that the cache held at the write: once it holds another object this goes with the old one. */
  readonly #written = new WeakMap<ObjectMeta, S>();

  /** A cached resource, with the status written last. Once the cache has moved on, what it shows is newer, or an event that shows it is on its way. */
  current<T extends Reported<S>>(resource: T): T {
    const status = this.#written.get(resource.metadata);
    return status === undefined ? resource : { ...resource, status };
  }

  /** `resource` is what the write was based on: as cached, or what `current` made of it. */
  wrote({ metadata }: Reported<S>, status: S): void {
    this.#written.set(metadata, status);
  }
}
