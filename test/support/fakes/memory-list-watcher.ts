/** Lists and watches over the API server in memory: every change arrives in order, none is lost. */
import type { KubeObject } from '../../../src/api/object/object.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import type { ListWatcher, ListWatchEvent, ListWatchRequest } from '../../../src/kube/port.ts';
import { type Change, type MemoryApi, selects } from './memory-api.ts';

type Scope = Pick<ListWatchRequest<unknown>, 'namespace' | 'labelSelector' | 'fieldSelector'>;

export class MemoryListWatcher implements ListWatcher {
  /** What was asked for: group resource and label selector. */
  readonly requests: string[] = [];
  /** Group resources of which no list is allowed. */
  readonly refused = new Set<string>();
  readonly #api: MemoryApi;

  constructor(api: MemoryApi) {
    this.#api = api;
  }

  async *listThenWatch<U>(request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void> {
    const { type, transform, signal } = request;
    this.requests.push(`${groupResource(type)} ${request.labelSelector ?? ''}`.trim());
    if (this.refused.has(groupResource(type))) {
      yield { kind: 'error', failure: { kind: 'forbidden', status: 403, message: 'list is forbidden' } };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return;
    }
    using changes = new Changes(this.#api, groupResource(type), signal);
    const listed = this.#api.all(type).filter((object) => isIn(object, request));
    const sent = new Set(listed.map(idOf));
    yield { kind: 'replace', objects: listed.map(transform), resourceVersion: '1' };
    yield { kind: 'connected' };
    for (let next = await changes.next(); next !== undefined; next = await changes.next()) {
      const kind = kindFor(next, sent, request);
      if (kind !== undefined) yield { kind, object: transform(next.object) };
    }
  }
}

/** An object that is selected no more counts as deleted. */
function kindFor({ kind, object }: Change, sent: Set<string>, scope: Scope): Change['kind'] | undefined {
  const id = idOf(object);
  if (kind === 'deleted' || !isIn(object, scope)) return sent.delete(id) ? 'deleted' : undefined;
  if (sent.has(id)) return 'modified';
  sent.add(id);
  return 'added';
}

function isIn(object: KubeObject & { readonly type?: unknown }, { namespace, labelSelector = '', fieldSelector = '' }: Scope): boolean {
  const { metadata, type } = object;
  if (namespace !== '' && metadata.namespace !== namespace) return false;
  const isSelected = (part: string): boolean => part === '' || part === `metadata.name=${metadata.name}` || isOtherType(part, type);
  if (!fieldSelector.split(',').every(isSelected)) return false;
  return selects(labelSelector, metadata.labels ?? {});
}

/** `type!=kubernetes.io/tls`. */
function isOtherType(part: string, type: unknown): boolean {
  return part.startsWith('type!=') && part !== `type!=${String(type)}`;
}

function idOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

/** The changes of one kind from now on. Undefined: the signal has aborted. */
class Changes implements Disposable {
  readonly #api: MemoryApi;
  readonly #signal: AbortSignal;
  readonly #waiting: Change[] = [];
  readonly #take: (change: Change) => void;
  #wake: () => void = () => undefined;

  constructor(api: MemoryApi, resource: string, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
    this.#take = (change) => {
      if (change.resource !== resource) return;
      this.#waiting.push(change);
      this.#wake();
    };
    api.watchers.add(this.#take);
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  async next(): Promise<Change | undefined> {
    while (this.#waiting.length === 0 && !this.#signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#signal.aborted ? undefined : this.#waiting.shift();
  }

  [Symbol.dispose](): void {
    this.#api.watchers.delete(this.#take);
  }
}
