/**
 * Reads the content of sources from the API server before a restart. The cached content may be older than the markers, and a restart for it would replace a
 * newer marker. One read serves all workloads that are restarted for this content.
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

/** What the restart is planned for. */
export interface Planned {
  readonly cached: SourceContent;
  /** The marker of the workload, if it is not of an earlier content than the cached one. An answer from before somebody saw this marker says nothing about it. */
  readonly marker?: string;
}

interface Asked {
  readonly marker: string | undefined;
  readonly content: string;
  readonly sequence: number;
  readonly at: number;
  readonly answer: Promise<LiveContent>;
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

  /** Another content or another marker is read anew. */
  async confirm(namespace: string, source: SourceName, { cached, marker }: Planned, signal: AbortSignal): Promise<LiveContent> {
    const id = `${source.kind}/${namespace}/${source.name}`;
    const now = this.#options.clock.monotonic();
    const known = this.#asked.get(id);
    const { content, sequence } = cached;
    const isSame = known?.content === content && known.sequence === sequence && (marker === undefined || known.marker === marker);
    if (known !== undefined && isSame && now - known.at < BELIEVED_FOR) return await known.answer;
    const answer = this.#options.read(namespace, source, signal);
    this.#asked.set(id, { content, sequence, marker, at: now, answer });
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
