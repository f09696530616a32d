/** A list and watch of many ConfigMaps in one namespace, without a server: what reaches the process is metadata only. */
import { setImmediate } from 'node:timers/promises';
import type { KubeObject } from '../../src/api/object/object.ts';
import type { ListWatcher, ListWatchEvent, ListWatchRequest } from '../../src/kube/port.ts';

export class SyntheticNames implements ListWatcher {
  readonly #names: readonly string[];
  readonly #versions: number[];
  readonly #touched: number[] = [];
  #wake: () => void = () => undefined;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#versions = names.map(() => 1);
  }

  /** Somebody changes the object. */
  touch(index: number): void {
    this.#versions[index] = (this.#versions[index] ?? 0) + 1;
    this.#touched.push(index);
    this.#wake();
  }

  object(index: number): KubeObject {
    const name = this.#names[index] ?? '';
    const metadata = {
      name,
      namespace: 'team',
      uid: `uid-of-${name}`,
      resourceVersion: String(this.#versions[index]),
      creationTimestamp: '2026-01-01T00:00:00Z',
    };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  }

  indexOf(name: string): number {
    return Number(name.slice(name.lastIndexOf('-') + 1));
  }

  async *listThenWatch<U>({ transform, signal }: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void> {
    const objects: U[] = [];
    for (const index of this.#names.keys()) {
      objects.push(transform(this.object(index)));
      // As between the pages of a list.
      if (index % 500 === 0) await setImmediate();
    }
    yield { kind: 'replace', objects, resourceVersion: '1' };
    while (!signal.aborted) {
      const index = this.#touched.shift();
      if (index !== undefined) yield { kind: 'modified', object: transform(this.object(index)) };
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
