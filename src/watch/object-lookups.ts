/**
 * Live looks at single objects, metadata only, a few at a time: each is a list of one name, which needs no other right than the watches do. Namespaces
 * take turns. A namespace in which a look has failed rests for a while, with all its looks, so that a refused one takes no place of another.
 */
import type { ResourceType } from '../api/resource-type.ts';
import { versionOf } from '../api/object.ts';
import { type BackoffPolicy, backoffDelay } from '../base/backoff.ts';
import { type Clock, ms } from '../base/clock.ts';
import type { KubeFailure, ListWatcher, Omitted } from '../kube/port.ts';
import { listOnce } from './list-once.ts';

/** Members of metadata that a version does not need. */
export const ALL_BUT_NAMES: Omitted = new Map(
  ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'].map((member) => [member, 0] as const),
);

/** Looks of one type under way at once; others wait. */
const MAX_AT_ONCE = 4;
/** Of these in one namespace: slow answers of one leave places to the others. */
const MAX_OF_NAMESPACE = 2;
/** Of a namespace after looks in it that failed in a row. */
const REST: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };

export interface ObjectLookupsOptions {
  readonly watcher: ListWatcher;
  readonly type: ResourceType;
  readonly clock: Clock;
  /** A look failed; it is made again. */
  readonly onFailure: (namespace: string, failure: KubeFailure) => void;
  /** A list ended without an answer or threw, which is a bug; there is no answer to that look. */
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Look {
  readonly name: string;
  readonly tell: (version: string | undefined) => void;
  readonly stop: AbortController;
}

/** The looks of one namespace. */
interface Line {
  readonly namespace: string;
  readonly waiting: Set<Look>;
  underWay: number;
  /** In a row. */
  failures: number;
  isResting: boolean;
}

export class ObjectLookups {
  readonly #options: ObjectLookupsOptions;
  readonly #lines = new Map<string, Line>();
  /** Lines from which a look may begin, in the order of their turns. */
  readonly #ready = new Set<Line>();
  #underWay = 0;

  constructor(options: ObjectLookupsOptions) {
    this.#options = options;
  }

  /**
   * `tell` is called once, with the version that the object has at some time after this call (undefined: there is no such object), unless the signal
   * aborts or the returned function is called first.
   */
  add(namespace: string, name: string, tell: Look['tell']): () => void {
    const look: Look = { name, tell, stop: new AbortController() };
    const line = this.#lines.get(namespace) ?? { namespace, waiting: new Set(), underWay: 0, failures: 0, isResting: false };
    this.#lines.set(namespace, line);
    line.waiting.add(look);
    this.#begin(line);
    return () => {
      look.stop.abort();
      line.waiting.delete(look);
      this.#begin(line);
    };
  }

  /** Begins what may begin; `changed`: the line about which something has changed. */
  #begin(changed: Line): void {
    this.#update(changed);
    while (this.#underWay < MAX_AT_ONCE && !this.#options.signal.aborted) {
      const [line] = this.#ready;
      const [look] = line?.waiting ?? [];
      if (line === undefined || look === undefined) return;
      line.waiting.delete(look);
      line.underWay += 1;
      this.#underWay += 1;
      // It goes to the end.
      this.#ready.delete(line);
      this.#update(line);
      void this.#run(line, look);
    }
  }

  #update(line: Line): void {
    const { namespace, waiting, underWay, isResting } = line;
    if (waiting.size > 0 && !isResting && underWay < MAX_OF_NAMESPACE) this.#ready.add(line);
    else this.#ready.delete(line);
    if (waiting.size === 0 && !isResting && underWay === 0) this.#lines.delete(namespace);
  }

  async #run(line: Line, look: Look): Promise<void> {
    const { onDefect, signal } = this.#options;
    const ended = AbortSignal.any([signal, look.stop.signal]);
    try {
      const seen = await this.#versionOf(line.namespace, look.name, ended);
      if (ended.aborted) return;
      if (seen === 'failed') {
        line.waiting.add(look);
        this.#rest(line);
      } else {
        line.failures = 0;
        look.tell(seen.version);
      }
    } catch (error) {
      if (!ended.aborted) onDefect(error);
    } finally {
      line.underWay -= 1;
      this.#underWay -= 1;
      this.#begin(line);
    }
  }

  #rest(line: Line): void {
    // Another look of the same moment has failed already.
    if (line.isResting) return;
    const { clock, signal } = this.#options;
    line.isResting = true;
    line.failures += 1;
    const resume = (): void => {
      line.isResting = false;
      this.#begin(line);
    };
    // It rejects when the signal aborts, after which nothing begins.
    clock.sleep(backoffDelay(REST, line.failures), signal).then(resume, () => undefined);
  }

  /** One try. */
  async #versionOf(namespace: string, name: string, signal: AbortSignal): Promise<{ readonly version: string | undefined } | 'failed'> {
    const { watcher, type, onFailure } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    const request = { type, namespace, fieldSelector, metadataOnly: true, omitted: ALL_BUT_NAMES, transform: versionOf, signal } as const;
    const listed = await listOnce<string>(watcher, request);
    if (listed.ok) return { version: listed.value[0] };
    onFailure(namespace, listed.failure);
    return 'failed';
  }
}
