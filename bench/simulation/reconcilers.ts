// The part of the operator that uses the engine, without Kubernetes: a queue of resources, workers that read and subscribe, and resources
// that are enqueued after a notification. There is no rendering and no write.
import type { Priority } from '../../src/base/priority.ts';
import type { DependantKey, RemoteReference } from '../../src/source/port.ts';
import type { SourceEngine } from '../../src/source/engine-options.ts';
import { referenceKey } from '../../src/source/references/reference-key.ts';
import type { Fleet, Resource } from './fleet.ts';

/** As many as the operator has by default. */
const WORKERS = 64;

export class Reconcilers {
  readonly #byKey: ReadonlyMap<DependantKey, Resource>;
  readonly #waiting = new Set<Resource>();
  readonly #held = new Map<Resource, string>();
  readonly #signal: AbortSignal;
  readonly #onNews: (resource: Resource) => void;
  #running = 0;
  #problem: unknown;
  engine: SourceEngine | undefined;
  /** How often a resource was woken, by priority. */
  readonly woken = new Map<Priority, number>();

  /** `onNews`: AWS has another version than the one that the resource holds. */
  constructor(fleet: Fleet, onNews: (resource: Resource) => void, signal: AbortSignal) {
    this.#byKey = new Map(fleet.resources.map((resource) => [resource.key, resource]));
    for (const resource of fleet.resources) this.#held.set(resource, '');
    this.#onNews = onNews;
    this.#signal = signal;
  }

  get idle(): boolean {
    if (this.#problem !== undefined) throw new Error('a simulated reconcile failed', { cause: this.#problem });
    return this.#running === 0 && this.#waiting.size === 0;
  }

  /** Workers that are busy while more work waits. */
  get busy(): number {
    return this.#waiting.size > 0 ? this.#running : 0;
  }

  get wakes(): number {
    return this.woken.values().reduce((sum, count) => sum + count, 0);
  }

  add(resource: Resource): void {
    this.#waiting.add(resource);
    if (this.#running < WORKERS) void this.#work();
  }

  wake(dependant: DependantKey, priority: Priority): void {
    const resource = this.#byKey.get(dependant);
    if (resource === undefined) throw new RangeError(`nobody is called ${dependant}`);
    this.woken.set(priority, (this.woken.get(priority) ?? 0) + 1);
    this.#onNews(resource);
    this.add(resource);
  }

  async #work(): Promise<void> {
    this.#running += 1;
    try {
      for (const resource of this.#waiting) {
        this.#waiting.delete(resource);
        await this.#reconcile(resource);
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#problem = error;
    } finally {
      this.#running -= 1;
    }
  }

  async #reconcile(resource: Resource): Promise<void> {
    const { key, secret, interval } = resource;
    const { engine } = this;
    if (engine === undefined) throw new Error('no engine');
    const reference: RemoteReference = {
      identity: secret.identity,
      secretId: secret.name,
      version: { kind: 'stage', stage: secret.stage },
    };
    const outcome = (await engine.read([reference], { maxAge: interval, signal: this.#signal })).get(referenceKey(reference));
    if (outcome?.ok === true) this.#held.set(resource, outcome.value.versionId);
    const heldVersionId = this.#held.get(resource) ?? '';
    engine.subscribe(key, [{ reference, refreshInterval: interval, ...(heldVersionId !== '' && { heldVersionId }) }]);
  }
}
