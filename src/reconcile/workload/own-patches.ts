/** The workloads that this process has patched and whose change is not in the cache yet. Without them, the next reconcile would patch once more. */
import type { ObjectMeta } from '../../api/object/object.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';

export class OwnPatches {
  /** By the cached metadata at the time of the patch. The entry is collected with the old object when the cache has a new one. */
  readonly #patched = new WeakMap<ObjectMeta, Consumer>();

  /** The result of the last patch, or the cached workload: a newer one has the patch, or an event with it will follow. */
  current(cached: Consumer): Consumer {
    return this.#patched.get(cached.metadata) ?? cached;
  }

  wrote(cached: Consumer, patched: Consumer): void {
    this.#patched.set(cached.metadata, patched);
  }
}
