/**
 * Before the first restart for a content, the live source is read: what a watch has shown may be old. One read serves all workloads that are restarted for this
 * content, at the same time or within a minute.
 */
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { KubeResult } from '../../kube/port.ts';
import type { SourceContent, SourceName } from './content.ts';
import { parseMarker } from './marker.ts';

/** Answers that are kept. One that is dropped is read again. */
const MOST = 10_000;

/** A wave may take hours. After this time the source is read again before the next restart. */
const BELIEVED_FOR = ms(60_000);

export interface LiveReadsOptions<T> {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** One read from the API server. It ends with the leadership, not with one caller. */
  readonly read: (namespace: string, source: SourceName) => Promise<KubeResult<T>>;
  readonly most?: number;
}

/**
 * Identifies what a workload is restarted for. With a marker of a later content, the cached source is behind what another process has seen: an answer counts only
 * if it was read for this marker, and so after it.
 */
export function askedContent({ sequence, content }: SourceContent, marker: string | undefined): string {
  const marked = marker === undefined ? undefined : parseMarker(marker);
  const isLater = marked !== undefined && marked.sequence >= Math.max(sequence, 1) && marked.content !== content;
  return `${sequence}.${content}${isLater ? ` ${marked.sequence}.${marked.content}` : ''}`;
}

interface Asked<T> {
  /** Monotonic: when the read began. */
  readonly at: Ms;
  readonly answer: Promise<KubeResult<T>>;
}

export class LiveReads<T> {
  readonly #options: LiveReadsOptions<T>;
  readonly #asked: SharedMap<string, Asked<T>>;

  constructor(options: LiveReadsOptions<T>) {
    this.#options = options;
    this.#asked = new SharedMap({ total: options.most ?? MOST });
  }

  /**
   * What the API server has. `content`: identifies the content that the caller wants to restart for (askedContent). A failure is not kept. Rejects when
   * `signal` aborts.
   */
  read(namespace: string, source: SourceName, content: string, signal: AbortSignal): Promise<KubeResult<T>> {
    const id = `${source.kind}/${namespace}/${source.name} ${content}`;
    const now = this.#options.clock.monotonic();
    const known = this.#asked.get(id);
    if (known !== undefined && now - known.at < BELIEVED_FOR) return untilAborted(known.answer, signal);
    const asked: Asked<T> = { at: now, answer: this.#options.read(namespace, source) };
    this.#asked.set(id, asked, namespace);
    const forget = (): void => {
      if (this.#asked.peek(id) === asked) this.#asked.delete(id);
    };
    asked.answer.then((answer) => (answer.ok ? undefined : forget()), forget);
    return untilAborted(asked.answer, signal);
  }
}
