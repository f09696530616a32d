/**
 * The statuses that this process has written and the cache has not seen yet. A reconcile that follows at once would otherwise act on the status
 * before last: ask AWS again for a force-sync it has acted on, or say and write the same twice.
 */
import type { ObjectMeta } from '../../api/object.ts';

interface Reported<S> {
  readonly metadata: ObjectMeta;
  readonly status?: S | undefined;
}

interface Written<S> {
  readonly status: S;
  readonly resourceVersion: string;
}

export class OwnStatuses<S> {
  /** By the metadata that the cache held at the write: once it holds another object this goes with the old one. */
  readonly #written = new WeakMap<ObjectMeta, Written<S>>();

  /** A cached resource, with the status written last. Once the cache has moved on, what it shows is newer, or an event that shows it is on its way. */
  current<T extends Reported<S>>(resource: T): T {
    const written = this.#written.get(resource.metadata);
    return written === undefined ? resource : { ...resource, status: written.status };
  }

  /** `resource` is what the write was based on: as cached, or what `current` made of it. `resourceVersion`: that of the answer. */
  wrote({ metadata }: Reported<S>, status: S, resourceVersion: string): void {
    this.#written.set(metadata, { status, resourceVersion });
  }

  /** What the next write of the status must find: the resource as it was cached, or as our own last write has left it. */
  preconditionsOf({ metadata }: Reported<S>): { readonly uid: string; readonly resourceVersion: string } {
    const { uid, resourceVersion } = metadata;
    return { uid, resourceVersion: this.#written.get(metadata)?.resourceVersion ?? resourceVersion };
  }
}
