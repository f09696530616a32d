/**
 * Events that wait to be written, shared fairly by namespace: the namespaces that have some take turns, one Event each. A namespace may have so many
 * waiting that its own bursts are kept and others' are not crowded out.
 */
import type { EventRecord } from './port.ts';

export interface QueuedEvent {
  readonly event: EventRecord;
  /** Of the Event object. */
  readonly name: string;
}

const MAX_OF_A_NAMESPACE = 250;
const MAX_OF_ALL = 2_000;

export class QueuedEvents {
  /** The namespace whose turn it is comes first. None is empty. */
  readonly #ofNamespace = new Map<string, QueuedEvent[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of Events that had no place: this one, or one of the namespace that has the most. */
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

  /** The Event whose turn it is; it stays until `remove`. */
  next(): QueuedEvent | undefined {
    const [first] = this.#ofNamespace.values();
    return first?.[0];
  }

  /** Takes out what `next` gave; the namespace lines up last. */
  remove(queued: QueuedEvent): void {
    const namespace = namespaceOf(queued);
    const waiting = this.#ofNamespace.get(namespace);
    if (waiting?.[0] !== queued) return;
    waiting.shift();
    this.#size -= 1;
    this.#ofNamespace.delete(namespace);
    if (waiting.length > 0) this.#ofNamespace.set(namespace, waiting);
  }

  /** Drops the newest Event of the namespace that has the most, if that has more than `count`; never its oldest, which may be on its way. */
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
