/**
 * The queue of Events, fair by namespace: the namespaces with Events take turns, one Event each. The share of a namespace is large enough
 * for its bursts, and small enough to leave room for the others.
 */
import type { EventRecord } from '../port.ts';

export interface QueuedEvent {
  readonly event: EventRecord;
  /** Name of the Event object. */
  readonly name: string;
}

const MAX_OF_A_NAMESPACE = 250;
const MAX_OF_ALL = 2_000;

export class QueuedEvents {
  /** The namespace with the next turn comes first. No namespace is empty. */
  readonly #ofNamespace = new Map<string, QueuedEvent[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the Event. Returns the number of dropped Events: this one, or one of the namespace with the most Events. */
  add(queued: QueuedEvent): 0 | 1 {
    const namespace = namespaceOf(queued);
    const waiting = this.#ofNamespace.get(namespace) ?? [];
    if (waiting.length >= MAX_OF_A_NAMESPACE) return 1;
    const dropped = this.#size >= MAX_OF_ALL ? this.#makeRoom(waiting.length) : 'none';
    if (dropped === 'impossible') return 1;
    waiting.push(queued);
    this.#ofNamespace.set(namespace, waiting);
    this.#size += 1;
    return dropped === 'none' ? 0 : 1;
  }

  /** The next Event. It stays in the queue until `remove`. */
  next(): QueuedEvent | undefined {
    const [first] = this.#ofNamespace.values();
    return first?.[0];
  }

  /** Removes the Event that `next` returned. The namespace goes to the end of the order. */
  remove(queued: QueuedEvent): void {
    const namespace = namespaceOf(queued);
    const waiting = this.#ofNamespace.get(namespace);
    if (waiting?.[0] !== queued) return;
    waiting.shift();
    this.#size -= 1;
    this.#ofNamespace.delete(namespace);
    if (waiting.length > 0) this.#ofNamespace.set(namespace, waiting);
  }

  /** Drops the newest Event of the namespace with the most Events, if it has more than `count`. The oldest stays, because its write may have started. */
  #makeRoom(count: number): 'dropped' | 'impossible' {
    let most: QueuedEvent[] = [];
    for (const waiting of this.#ofNamespace.values()) if (waiting.length > most.length) most = waiting;
    if (most.length <= Math.max(count, 1)) return 'impossible';
    most.pop();
    this.#size -= 1;
    return 'dropped';
  }
}

function namespaceOf({ event }: QueuedEvent): string {
  return event.regarding.metadata.namespace ?? '';
}
