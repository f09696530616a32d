/**
 * Reads the content of sources from the API server before a restart. The cached content may be older than the markers, and a restart for it would replace a
 * newer marker. One read serves all workloads that are restarted for this content, until a marker is ahead of it: then another leader has seen newer content.
 */
import { LRUCache } from 'lru-cache';
import type { KubeResult } from '../../kube/port.ts';
import { type Clock, ms } from '../../base/time/clock.ts';
import type { SourceContent, SourceName } from './content.ts';

/** Undefined: the source does not exist, or nobody records its content. */
export type LiveContent = KubeResult<SourceContent | undefined>;

export interface LiveSourcesOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly read: (namespace: string, source: SourceName, signal: AbortSignal) => Promise<LiveContent>;
}

interface Asked {
  readonly content: string;
  readonly sequence: number;
  readonly at: number;
  readonly answer: Promise<LiveContent>;
}

export interface Confirmed {
  readonly cached: SourceContent;
  /** 0: there is no marker, or it has no number. */
  readonly marked: number;
}

/** A wave may take hours. After this time the source is read again before the next restart. */
const BELIEVED_FOR = ms(60_000);
const MAX_SOURCES = 2_000;

export class LiveSources {
  readonly #options: LiveSourcesOptions;
  readonly #asked = new LRUCache<string, Asked>({ max: MAX_SOURCES });

  constructor(options: LiveSourcesOptions) {
    this.#options = options;
  }

  /**
   * `cached`: the content that the restart is planned for. Another content is read anew. `marked`: the number of the marker that is compared with the answer. An
   * answer with a smaller number is of a read that began now.
   */
  async confirm(namespace: string, source: SourceName, { cached, marked }: Confirmed, signal: AbortSignal): Promise<LiveContent> {
    const id = `${source.kind}/${namespace}/${source.name}`;
    const known = this.#believed(id, cached);
    const answer = await known?.answer;
    if (answer !== undefined && !isBehind(answer, marked)) return answer;
    // Another workload may have begun a newer read meanwhile.
    const newer = this.#believed(id, cached);
    return newer === undefined || newer === known ? await this.#read(namespace, source, id, { cached, signal }) : await newer.answer;
  }

  #believed(id: string, { content, sequence }: SourceContent): Asked | undefined {
    const known = this.#asked.get(id);
    if (known?.content !== content || known.sequence !== sequence) return undefined;
    return this.#options.clock.monotonic() - known.at < BELIEVED_FOR ? known : undefined;
  }

  async #read(
    namespace: string,
    source: SourceName,
    id: string,
    { cached: { content, sequence }, signal }: Pick<Confirmed, 'cached'> & { readonly signal: AbortSignal },
  ): Promise<LiveContent> {
    const answer = this.#options.read(namespace, source, signal);
    this.#asked.set(id, { content, sequence, at: this.#options.clock.monotonic(), answer });
    return await this.#settled(id, answer);
  }

  /** A failed read is not kept. */
  async #settled(id: string, answer: Promise<LiveContent>): Promise<LiveContent> {
    try {
      const result = await answer;
      if (!result.ok) this.#forget(id, answer);
      return result;
    } catch (error) {
      this.#forget(id, answer);
      throw error;
    }
  }

  #forget(id: string, answer: Promise<LiveContent>): void {
    if (this.#asked.get(id)?.answer === answer) this.#asked.delete(id);
  }
}

function isBehind(answer: LiveContent, marked: number): boolean {
  return answer.ok && answer.value !== undefined && answer.value.sequence < marked;
}
