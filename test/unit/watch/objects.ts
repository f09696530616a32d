/** Objects and a scripted list-and-watch for the tests of this folder. */
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { ListWatcher, ListWatchEvent, ListWatchRequest } from '../../../src/kube/port.ts';

export interface Thing extends KubeObject {
  readonly tags: readonly string[];
}

export interface ThingShape {
  readonly uid?: string;
  readonly version?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Partial<KubeObject['metadata']>;
}

export function thing(
  name: string,
  { uid = `uid-${name}`, version = 1, tags = [], metadata = {} }: ThingShape = {},
  namespace = 'team',
): Thing {
  const standard = { name, namespace, uid, resourceVersion: String(version), creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Thing', metadata: { ...standard, ...metadata }, tags };
}

/** A ListWatcher whose events the test pushes; each namespace has its own stream, and so has each `namespace field.selector=value`. */
export class ScriptedListWatcher implements ListWatcher {
  readonly requests: ListWatchRequest<unknown>[] = [];
  readonly #queues = new Map<string, { readonly items: (ListWatchEvent<never> | Error | 'end')[]; wake: () => void }>();

  push(namespace: string, ...items: (ListWatchEvent<unknown> | Error | 'end')[]): void {
    const queue = this.#queue(namespace);
    queue.items.push(...(items as (ListWatchEvent<never> | Error | 'end')[]));
    queue.wake();
  }

  async *listThenWatch<U>(request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void> {
    this.requests.push(request);
    const { namespace, fieldSelector } = request;
    const queue = this.#queue(fieldSelector === undefined ? namespace : `${namespace} ${fieldSelector}`);
    request.signal.addEventListener('abort', () => {
      queue.wake();
    });
    while (!request.signal.aborted) {
      const next = queue.items.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (queue.wake = resolve));
    }
  }

  #queue(namespace: string) {
    const queue = this.#queues.get(namespace) ?? { items: [], wake: () => undefined };
    this.#queues.set(namespace, queue);
    return queue;
  }
}
