/**
 * Lookups of single objects by name, metadata only, a few at a time. A lookup is a list with a field selector, so it needs only the
 * permissions list and watch. Namespaces take turns. After a failed lookup, all lookups of the namespace pause, so that a namespace that
 * the API server refuses does not use the capacity of others.
 */
import type { ResourceType } from '../api/object/resource-type.ts';
import { versionOf } from '../api/object/object.ts';
import { type BackoffPolicy, backoffDelay } from '../base/time/backoff.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import type { KubeFailure, ListWatcher, Omitted } from '../kube/port.ts';
import { listOnce } from './list-once.ts';

/** Members of metadata that a version does not need. */
export const ALL_BUT_NAMES: Omitted = new Map(
  ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'].map((member) => [member, 0] as const),
);

/** Maximum number of lookups of one type at the same time. */
const MAX_AT_ONCE = 4;
/** Maximum number of lookups of one namespace at the same time, so that slow responses for one namespace leave room for the others. */
const MAX_OF_NAMESPACE = 2;
/** The pause of a namespace after consecutive failed lookups. */
const PAUSE: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };

export interface ObjectLookupsOptions {
  readonly watcher: ListWatcher;
  readonly type: ResourceType;
  readonly clock: Clock;
  /** Objects that it leaves out do not exist for a lookup. */
  readonly fieldSelector?: string | undefined;
  /** A lookup failed; it is repeated. */
  readonly onFailure: (namespace: string, failure: KubeFailure) => void;
  /** A list ended without a result or threw, which is a defect. That lookup gets no result. */
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Lookup {
  readonly name: string;
  readonly tell: (version: string | undefined) => void;
  readonly stop: AbortController;
}

/** The lookups of one namespace. */
interface NamespaceQueue {
  readonly namespace: string;
  readonly waiting: Set<Lookup>;
  running: number;
  /** Number of consecutive failed lookups. */
  failures: number;
  isPaused: boolean;
}

export class ObjectLookups {
  readonly #options: ObjectLookupsOptions;
  readonly #queues = new Map<string, NamespaceQueue>();
  /** The namespaces in which a lookup may start, in the order of their turns. */
  readonly #ready = new Set<NamespaceQueue>();
  #running = 0;

  constructor(options: ObjectLookupsOptions) {
    this.#options = options;
  }

  /**
   * `tell` is called once, with a version that the object has at some time after this call (undefined: the object does not exist), unless
   * the signal aborts or the returned function is called first.
   */
  add(namespace: string, name: string, tell: Lookup['tell']): () => void {
    const lookup: Lookup = { name, tell, stop: new AbortController() };
    const queue = this.#queues.get(namespace) ?? { namespace, waiting: new Set(), running: 0, failures: 0, isPaused: false };
    this.#queues.set(namespace, queue);
    queue.waiting.add(lookup);
    this.#start(queue);
    return () => {
      lookup.stop.abort();
      queue.waiting.delete(lookup);
      this.#start(queue);
    };
  }

  /** Starts all lookups that may start. `changed`: the queue that has changed. */
  #start(changed: NamespaceQueue): void {
    this.#update(changed);
    while (this.#running < MAX_AT_ONCE && !this.#options.signal.aborted) {
      const [queue] = this.#ready;
      const [lookup] = queue?.waiting ?? [];
      if (queue === undefined || lookup === undefined) return;
      queue.waiting.delete(lookup);
      queue.running += 1;
      this.#running += 1;
      // The namespace goes to the end of the order.
      this.#ready.delete(queue);
      this.#update(queue);
      void this.#run(queue, lookup);
    }
  }

  #update(queue: NamespaceQueue): void {
    const { namespace, waiting, running, isPaused } = queue;
    if (waiting.size > 0 && !isPaused && running < MAX_OF_NAMESPACE) this.#ready.add(queue);
    else this.#ready.delete(queue);
    if (waiting.size === 0 && !isPaused && running === 0) this.#queues.delete(namespace);
  }

  async #run(queue: NamespaceQueue, lookup: Lookup): Promise<void> {
    const { onDefect, signal } = this.#options;
    const ended = AbortSignal.any([signal, lookup.stop.signal]);
    try {
      const seen = await this.#versionOf(queue.namespace, lookup.name, ended);
      if (ended.aborted) return;
      if (seen === 'failed') {
        queue.waiting.add(lookup);
        this.#pause(queue);
      } else {
        queue.failures = 0;
        lookup.tell(seen.version);
      }
    } catch (error) {
      if (!ended.aborted) onDefect(error);
    } finally {
      queue.running -= 1;
      this.#running -= 1;
      this.#start(queue);
    }
  }

  #pause(queue: NamespaceQueue): void {
    // Another lookup failed before at the same time.
    if (queue.isPaused) return;
    const { clock, signal } = this.#options;
    queue.isPaused = true;
    queue.failures += 1;
    const resume = (): void => {
      queue.isPaused = false;
      this.#start(queue);
    };
    // The sleep rejects when the signal aborts. Then no lookup starts.
    clock.sleep(backoffDelay(PAUSE, queue.failures), signal).then(resume, () => undefined);
  }

  /** One attempt. */
  async #versionOf(namespace: string, name: string, signal: AbortSignal): Promise<{ readonly version: string | undefined } | 'failed'> {
    const { watcher, type, onFailure } = this.#options;
    const { fieldSelector: further } = this.#options;
    const fieldSelector = [`metadata.name=${name}`, ...(further === undefined ? [] : [further])].join(',');
    const request = { type, namespace, fieldSelector, metadataOnly: true, omitted: ALL_BUT_NAMES, transform: versionOf, signal } as const;
    const listed = await listOnce<string>(watcher, request);
    if (listed.ok) return { version: listed.value[0] };
    onFailure(namespace, listed.failure);
    return 'failed';
  }
}
