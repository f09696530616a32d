/**
 * The statuses that this process has written and that are not in the cache yet. Without them, the next reconcile would use an old status:
 * make a forced sync again, or report and write the same twice.
 */
import type { ObjectMeta } from '../../api/object/object.ts';

interface Reported<S> {
  readonly metadata: ObjectMeta;
  readonly status?: S | undefined;
}

interface Written<S> {
  readonly status: S;
  readonly resourceVersion: string;
}

export class OwnStatuses<S> {
  /** By the cached metadata at the time of the write. The entry is collected with the old object when the cache has a new one. */
  readonly #written = new WeakMap<ObjectMeta, Written<S>>();

  /**
   * The cached resource with the last written status. A newer cached resource stays unchanged: it has this status, or an event with it will
   * follow.
   */
  current<T extends Reported<S>>(resource: T): T {
    const written = this.#written.get(resource.metadata);
    return written === undefined ? resource : { ...resource, status: written.status };
  }

  /** `resource` is the base of the write: the cached resource, or the result of `current`. `resourceVersion` is that of the response. */
  wrote({ metadata }: Reported<S>, status: S, resourceVersion: string): void {
    this.#written.set(metadata, { status, resourceVersion });
  }

  /** Preconditions of the next write of the status: the version in the cache, or the version of the last write of this process. */
  preconditionsOf({ metadata }: Reported<S>): { readonly uid: string; readonly resourceVersion: string } {
    const { uid, resourceVersion } = metadata;
    return { uid, resourceVersion: this.#written.get(metadata)?.resourceVersion ?? resourceVersion };
  }
}
