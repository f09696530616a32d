/** Live looks at single objects, metadata only, a few at a time: each is a list of one name, which needs no other right than the watches do. */
import type { ResourceType } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import type { KubeFailure, ListWatcher, Omitted } from '../kube/port.ts';

/** Members of metadata that a version does not need. */
export const ALL_BUT_NAMES: Omitted = new Map(
  ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'].map((member) => [member, 0] as const),
);

/** Looks of one type under way at once; others wait. */
const MAX_AT_ONCE = 4;

export interface SingleLooksOptions {
  readonly watcher: ListWatcher;
  readonly type: ResourceType;
  readonly onFailure: (namespace: string, failure: KubeFailure) => void;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

type Tell = (version: string | undefined) => void;

export class SingleLooks {
  readonly #options: SingleLooksOptions;
  /** By namespace, which take turns: one with a thousand new references must not keep another waiting. */
  readonly #waiting = new Map<string, { readonly name: string; readonly tell: Tell }[]>();
  #underWay = 0;

  constructor(options: SingleLooksOptions) {
    this.#options = options;
  }

  /** `tell` is called once, with the version that the object has at some time after this call, unless the signal aborts first. */
  add(namespace: string, name: string, tell: Tell): void {
    const waiting = this.#waiting.get(namespace) ?? [];
    this.#waiting.set(namespace, waiting);
    waiting.push({ name, tell });
    if (this.#underWay < MAX_AT_ONCE) void this.#work();
  }

  async #work(): Promise<void> {
    this.#underWay += 1;
    try {
      for (let next = this.#next(); next !== undefined && !this.#options.signal.aborted; next = this.#next()) {
        next.tell(await this.#versionOf(next.namespace, next.name));
      }
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.onError(error);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The first of the namespace whose turn it is, which goes to the end of the line. */
  #next(): { readonly namespace: string; readonly name: string; readonly tell: Tell } | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [namespace, waiting] = first;
    this.#waiting.delete(namespace);
    const next = waiting.shift();
    if (waiting.length > 0) this.#waiting.set(namespace, waiting);
    return next && { namespace, ...next };
  }

  /** Tried again until there is an answer. */
  async #versionOf(namespace: string, name: string): Promise<string | undefined> {
    const { watcher, type, onFailure, signal } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    const request = { type, namespace, fieldSelector, metadataOnly: true, omitted: ALL_BUT_NAMES, transform: versionOf, signal } as const;
    for await (const event of watcher.listThenWatch<string>(request)) {
      if (event.kind === 'replace') return event.objects[0];
      if (event.kind === 'error') onFailure(namespace, event.failure);
    }
    signal.throwIfAborted();
    throw new Error(`the list of ${type.kind} ${namespace}/${name} ended by itself`);
  }
}

function versionOf({ metadata }: KubeObject): string {
  return `${metadata.uid}/${metadata.resourceVersion}`;
}
